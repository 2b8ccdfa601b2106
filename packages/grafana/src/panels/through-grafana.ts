import type { ProofContext } from '@platform/engine'
import type { PrometheusApi } from '@platform/panels'
import type { KnownDatasource } from '@platform/panels/file'
import { type GrafanaClient, grafanaClient, secretLogin, told } from '../grafana-client.ts'

/** Prometheus through the proxy of Grafana's datasource, as a panel asks it. */
export function throughGrafana({ request }: Pick<GrafanaClient, 'request'>, login: Login): PrometheusApi {
  return {
    async get<T>(path: string): Promise<T> {
      const answer = await request(`/api/datasources/proxy/uid/prometheus/api/v1/${path}`, { login })
      const { status, data, error } = parsed<T>(answer.body)
      if (status !== 'success') throw new Error(error ?? told(answer))
      return data as T
    },
  }
}

interface Login {
  readonly user: string
  readonly password: string
}

function parsed<T>(text: string): { readonly status?: string; readonly data?: T; readonly error?: string } {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** The way to Prometheus through Grafana, and the datasources that it has. */
export async function openDatasources(context: ProofContext) {
  const client = await grafanaClient(context)
  const datasources = await client.get<readonly KnownDatasource[]>('/api/datasources')
  return { prometheus: throughGrafana(client, await secretLogin(context)), datasources }
}
