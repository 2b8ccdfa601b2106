import { randomUUID } from 'node:crypto'
import type { HttpResponse, ProofContext } from '@platform/engine'
import {
  grafanaClient,
  hasLoadBalancer,
  hostsOf,
  jsonRequest,
  secretLogin,
  throughForward,
  told,
  tryLogin,
} from '../grafana-client.ts'
import { endpoint } from '../names.ts'

/** Asked through the API server: neither the ingress nor a login is needed for it. */
export async function serviceAnswers(context: ProofContext): Promise<string> {
  return healthOf(await context.service(endpoint, '/api/health'))
}

/** The public host, and the local one on the embedded target. */
export async function hostAnswers(context: ProofContext): Promise<string> {
  const hosts = hostsOf(context)
  if (!hosts.length) return 'the release has no Ingress'
  const ingress = await context.endpoint('ingress')
  const outside = await hasLoadBalancer(context)
  await Promise.all(
    hosts.map(async (host) => {
      const answer = outside
        ? await context.ingress(host, '/api/health')
        : await (await throughForward(context, { to: ingress, host }))('/api/health')
      try {
        healthOf(answer)
      } catch (error) {
        throw new Error(`${host}: ${(error as Error).message}`)
      }
    }),
  )
  return outside ? hosts.join(', ') : `${hosts.join(', ')}, through a forwarded port: the ingress has no address`
}

function healthOf(answer: HttpResponse): string {
  if (answer.status !== 200) throw new Error(`/api/health answered ${told(answer)}, not 200`)
  const { database, version } = JSON.parse(answer.body) as { database?: string; version?: string }
  if (database !== 'ok') throw new Error(`Grafana says that its database is ${database}`)
  return `version ${version}`
}

/** As the page does it, with a session, and as scripts do it, with basic authentication. */
export async function loginWorks(context: ProofContext): Promise<string> {
  const { request, way } = await grafanaClient(context)
  const login = await secretLogin(context)
  const basic = await tryLogin(login, request)
  if (basic.status !== 200) throw new Error(`the Secret's password: ${told(basic)}, wanted 200`)
  const user = JSON.parse(basic.body) as { login?: string; isGrafanaAdmin?: boolean }
  if (user.login !== login.user || !user.isGrafanaAdmin) throw new Error(`logged in as ${basic.body}`)
  const form = await request('/login', jsonRequest('POST', login))
  const session = /grafana_session=[^;]+/.exec(form.headers['set-cookie'] ?? '')?.[0]
  if (form.status !== 200 || !session) throw new Error(`the login form: ${told(form)}, wanted 200 and a session`)
  const again = await request('/api/user', { headers: { cookie: session } })
  if (again.status !== 200) throw new Error(`the session of the login form: ${told(again)}, wanted 200`)
  await request('/logout', { headers: { cookie: session } })
  return `as ${login.user}, ${way}`
}

/**
 * The wrong password is tried with the admin's address, not the name: Grafana counts wrong ones by what was typed, and
 * locks that out when there are many. A person types the name.
 */
export async function nobodyElse(context: ProofContext): Promise<string> {
  const { request, get } = await grafanaClient(context)
  const { login, email } = await get<{ login: string; email: string }>('/api/user')
  const user = email || login
  const tries = {
    'a wrong password': { login: { user, password: randomUUID() } },
    'an unknown user': { login: { user: `nobody-${randomUUID()}`, password: randomUUID() } },
    'no login': {},
  }
  for (const [name, asked] of Object.entries(tries)) {
    const answer = await request('/api/datasources', asked)
    if (answer.status !== 401) throw new Error(`${name}: ${answer.status}, wanted 401`)
  }
  return `401 for ${Object.keys(tries).join(', ')}`
}

/** With the address of a user that there is: were sign-up on, nothing would come of it but another refusal. */
export async function signUpOff(context: ProofContext): Promise<string> {
  const { request, get } = await grafanaClient(context)
  const { email } = await get<{ email: string }>('/api/user')
  const answer = await request('/api/user/signup', jsonRequest('POST', { email }))
  const { message = '' } = answer.body.startsWith('{') ? (JSON.parse(answer.body) as { message?: string }) : {}
  if (answer.status !== 401 || !/sign-?up is disabled/i.test(message)) {
    throw new Error(`signing up: ${told(answer)}, wanted 401 User signup is disabled`)
  }
  return message
}
