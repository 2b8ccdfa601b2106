import type { HttpAnswer, PrometheusClient, Sample } from '../../component/proof-context.ts'

interface Answer {
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
 * Prometheus by its HTTP API.
 *
 * @param ask one GET request to it, by path
 */
export function prometheusClient(ask: (path: string) => Promise<HttpAnswer>): PrometheusClient {
  const get = async <T>(path: string): Promise<T> => {
    const { status, body } = await ask(`/api/v1/${path}`)
    let answer: Answer = {}
    try {
      answer = JSON.parse(body)
    } catch {
      // the API server's proxy, or something else in its place, has words of its own
    }
    if (status !== 200 || answer.status !== 'success') {
      throw new Error(`Prometheus, ${path}: ${answer.error ?? `${status} ${body.trim().slice(0, 500)}`}`)
    }
    return answer.data as T
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
