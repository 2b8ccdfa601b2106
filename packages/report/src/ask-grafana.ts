import { authorization, requestAt } from '@platform/engine/live'
import type { PrometheusApi } from '@platform/panels'

/** Where Grafana answers, and as whom it is asked. */
export interface GrafanaDoor {
  readonly host: string
  readonly port: number
  readonly login: { readonly user: string; readonly password: string }
}

/** Grafana's HTTP API as the report uses it. */
export interface Grafana {
  /** What its health page says that it is. */
  readonly version: string
  /** It is a stand-in for Grafana, and says so. */
  readonly standIn: boolean
  /** GET on its API, below `/api/`. Throws with what it answered when that is not 200. */
  get<T>(path: string): Promise<T>
  /** Prometheus through the proxy of a datasource. */
  prometheus(datasource: string): PrometheusApi
}

/** @throws Error when it does not answer, or the login does not open it */
export async function openGrafana({ host, port, login }: GrafanaDoor, signal: AbortSignal): Promise<Grafana> {
  const ask = (path: string) =>
    requestAt({ host, port }, { host, path: `/api/${path}` }, { headers: { ...authorization({ login }) } }, { signal })
  const get = async <T>(path: string): Promise<T> => {
    const { status, body } = await ask(path)
    if (status !== 200) throw new Error(`Grafana, GET /api/${path}: ${status} ${body.trim().slice(0, 300)}`)
    return JSON.parse(body) as T
  }
  const { version } = await get<{ version: string }>('health')
  await get('user')
  return {
    version,
    standIn: version.endsWith('-stand-in'),
    get,
    prometheus: (datasource) => ({
      async get<T>(path: string): Promise<T> {
        const { status, body } = await ask(`datasources/proxy/uid/${datasource}/api/v1/${path}`)
        const answer = parsed<{ status?: string; data?: T; error?: string }>(body) ?? {}
        if (answer.status !== 'success') throw new Error(answer.error ?? `${status} ${body.trim().slice(0, 300)}`)
        return answer.data as T
      },
    }),
  }
}

function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
