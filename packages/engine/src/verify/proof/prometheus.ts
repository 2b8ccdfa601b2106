import type { HttpResponse, PrometheusClient, Sample } from '../../component/proof-context.ts'

interface ApiResponse {
  readonly status?: string
  readonly data?: unknown
  readonly error?: string
}

type Value = readonly [number, string]

interface QueryData {
  readonly resultType: 'vector' | 'matrix' | 'scalar' | 'string'
  readonly result: Value | readonly { readonly metric: Sample['labels']; readonly value?: Value }[]
}

/**
 * A client of Prometheus' HTTP API.
 *
 * @param request sends a GET request to the path
 */
export function prometheusClient(request: (path: string) => Promise<HttpResponse>): PrometheusClient {
  const get = async <T>(path: string): Promise<T> => {
    const { status, body } = await request(`/api/v1/${path}`)
    let response: ApiResponse = {}
    try {
      response = JSON.parse(body)
    } catch {
      // An error page of the API server's proxy is no JSON.
    }
    if (status !== 200 || response.status !== 'success') {
      throw new Error(`Prometheus, ${path}: ${response.error ?? `${status} ${body.trim().slice(0, 500)}`}`)
    }
    return response.data as T
  }
  return {
    get,
    async query(promql) {
      const { resultType, result } = await get<QueryData>(`query?query=${encodeURIComponent(promql)}`)
      if (resultType === 'scalar') return [{ labels: {}, value: numberOf((result as Value)[1]) }]
      if (resultType !== 'vector') throw new Error(`Prometheus, ${promql}: expected a vector, got a ${resultType}`)
      return (result as Exclude<QueryData['result'], Value>).map(({ metric, value }) => ({
        labels: metric,
        value: numberOf(value?.[1] ?? ''),
      }))
    },
  }
}

/** Prometheus writes infinity as `+Inf`. */
function numberOf(text: string): number {
  return /^[+-]?Inf$/.test(text) ? Number(text.replace('Inf', 'Infinity')) : Number(text)
}
