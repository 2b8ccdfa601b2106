import { request as httpRequest } from 'node:http'
import type { HttpRequest, HttpResponse, ProofContext } from '@platform/engine'
import { admin, endpoint } from './names.ts'

/** Grafana's HTTP API, reached as a user reaches it, where the cluster lets one. */
export interface GrafanaClient {
  /** How it is asked: `through the ingress, grafana.monitoring.com`. */
  readonly way: string
  request(path: string, request?: HttpRequest): Promise<HttpResponse>
  /** As the admin; throws when the Secret's password does not open Grafana. */
  ask(path: string, request?: HttpRequest): Promise<HttpResponse>
  /** JSON as the admin; throws with what was asked and answered when it is not 200. */
  get<T>(path: string): Promise<T>
}

/** The name and password that the Secret of the guide holds. */
export async function secretLogin(
  context: ProofContext,
): Promise<{ readonly user: string; readonly password: string }> {
  const [user, password] = await Promise.all([
    context.secret(admin.name, admin.user, endpoint.namespace),
    context.secret(admin.name, admin.password, endpoint.namespace),
  ])
  return { user, password }
}

/** A client: through the ingress where its load balancer has an address, else through a forwarded port. */
export async function grafanaClient(context: ProofContext): Promise<GrafanaClient> {
  const [host] = hostsOf(context)
  const reached = host !== undefined && (await hasLoadBalancer(context)) ? host : undefined
  const request =
    reached !== undefined
      ? (path: string, asked?: HttpRequest) => context.ingress(reached, path, asked)
      : await throughForward(context)
  const ask = async (path: string, asked: HttpRequest = {}): Promise<HttpResponse> => {
    const login = await secretLogin(context)
    await opens(login, request)
    return request(path, { ...asked, login })
  }
  return {
    way: reached === undefined ? 'through a forwarded port' : `through the ingress, ${reached}`,
    request,
    ask,
    async get<T>(path: string): Promise<T> {
      const answer = await ask(path)
      if (answer.status !== 200) throw new Error(`GET ${path}: ${told(answer)}, wanted 200`)
      return JSON.parse(answer.body) as T
    },
  }
}

const tried = new Map<string, { readonly at: number; readonly answer: Promise<HttpResponse> }>()

/**
 * Whether the login opens Grafana. The checks run together: one asks for all, since Grafana counts wrong passwords, and
 * a Secret that is wrong would lock the admin out within one run.
 */
export function tryLogin(
  login: { readonly user: string; readonly password: string },
  request: GrafanaClient['request'],
): Promise<HttpResponse> {
  const key = JSON.stringify(login)
  const before = tried.get(key)
  if (before && performance.now() - before.at < 2000) return before.answer
  const answer = request('/api/user', { login })
  // What got no answer is no try.
  answer.catch(() => tried.delete(key))
  tried.set(key, { at: performance.now(), answer })
  return answer
}

async function opens(login: Parameters<typeof tryLogin>[0], request: GrafanaClient['request']): Promise<void> {
  const answer = await tryLogin(login, request)
  if (answer.status !== 200) throw new Error(`the Secret's password: ${told(answer)}, wanted 200`)
}

/** A request with a JSON body. */
export function jsonRequest(method: string, body: unknown): HttpRequest {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** An answer in one line: its status and Grafana's message. */
export function told({ status, body }: HttpResponse): string {
  try {
    const { message, error } = JSON.parse(body) as { message?: string; error?: string }
    return `${status} ${message ?? error ?? ''}`.trim()
  } catch {
    return `${status} ${body.trim().slice(0, 200)}`.trim()
  }
}

/** The hosts that the release was given; none when it has no Ingress. */
export function hostsOf({ values }: ProofContext): readonly string[] {
  const { enabled, hosts } = values.ingress as { enabled: boolean; hosts: readonly string[] }
  return enabled ? hosts : []
}

/** Whether the ingress is there and has an address from outside. */
export async function hasLoadBalancer(context: ProofContext): Promise<boolean> {
  const ingress = await context.endpoint('ingress')
  if (!ingress) return false
  const service = await context.api.find<{ status?: { loadBalancer?: { ingress?: readonly unknown[] } } }>(
    `/api/v1/namespaces/${ingress.namespace}/services/${ingress.service}`,
  )
  return (service?.status?.loadBalancer?.ingress?.length ?? 0) > 0
}

/** Requests to the Service through a forwarded port. The host can be any: that of an Ingress for one. */
export async function throughForward(
  context: ProofContext,
  { to = endpoint, host }: { readonly to?: typeof endpoint; readonly host?: string } = {},
): Promise<GrafanaClient['request']> {
  const forwarded = await context.forward(to)
  return (path, asked = {}) => ask({ ...forwarded, ...(host && { named: host }) }, path, asked, context.signal)
}

function ask(
  to: { readonly host: string; readonly port: number; readonly named?: string },
  path: string,
  { method = 'GET', headers = {}, body, login }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  // Not fetch: it does not let a Host header be set.
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      ...{ host: to.host, port: to.port, path, method, signal, agent: false },
      headers: { ...headers, ...(to.named && { host: to.named }) },
      ...(login && { auth: `${login.user}:${login.password}` }),
    })
    sent.on('error', reject)
    sent.on('response', (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('error', reject)
      answer.on('end', () => {
        const told = Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')])
        resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(told), body: text })
      })
    })
    sent.end(body)
  })
}
