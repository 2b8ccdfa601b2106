import type { HttpRequest, ProofContext } from '@platform/engine'
import type { PrometheusApi } from '@platform/panels'
import type { KnownDatasource } from '@platform/panels/file'
import { type GrafanaClient, grafanaClient, jsonRequest, secretLogin, told } from '../grafana-client.ts'

/**
 * Does work with Prometheus through the proxy of Grafana's datasource, in a session as the page has one: Grafana derives a
 * key from the password at each login, which takes longer than most queries. Where there is no login form, each query
 * logs in.
 */
export async function inSession<T>(
  { request }: Pick<GrafanaClient, 'request'>,
  login: Login,
  work: (prometheus: PrometheusApi) => Promise<T>,
): Promise<T> {
  const form = await request('/login', jsonRequest('POST', login))
  const cookie = /grafana_session=[^;]+/.exec(form.headers['set-cookie'] ?? '')?.[0]
  if (form.status !== 200 || !cookie) return work(throughGrafana({ request }, { login, keepAlive: true }))
  const headers = { cookie }
  try {
    return await work(throughGrafana({ request }, { headers, keepAlive: true }))
  } finally {
    await request('/logout', { headers }).catch(() => {})
  }
}

/** Prometheus through the proxy of Grafana's datasource, as a panel asks it. */
function throughGrafana(
  { request }: Pick<GrafanaClient, 'request'>,
  access: Pick<HttpRequest, 'login' | 'headers' | 'keepAlive'>,
): PrometheusApi {
  return {
    async get<T>(path: string): Promise<T> {
      const answer = await request(`/api/datasources/proxy/uid/prometheus/api/v1/${path}`, access)
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
  return { prometheus: throughGrafana(client, { login: await secretLogin(context), keepAlive: true }), datasources }
}
