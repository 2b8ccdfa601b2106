import { type ComponentCheck, defineChecks, type HttpResponse, type ProofContext } from '@platform/engine'
import { untilSettled } from '@platform/engine/settled'
import { dashboard } from '../component.ts'
import { asksForPassword, dashboardHost, expectStatus, login } from './common.ts'
import { platformIngresses } from './routing.ts'

const page: ComponentCheck = {
  id: 'dashboard',
  dependsOn: ['ingress/traffic', 'ingress/route', 'ingress/login'],
  name: "the dashboard's page and API accept the password of the Secret",
  timeoutMs: 60_000,
  hint: 'pnpm open ingress',
  async run(context) {
    const host = dashboardHost(context)
    const request = { login: await login(context) }
    return untilSettled(context, async () => {
      const html = await context.ingress(host, '/dashboard/', request)
      expectStatus(html, 200, `http://${host}/dashboard/`)
      if (!/<html/i.test(html.body))
        throw new Error(`http://${host}/dashboard/ is not an HTML page: ${html.body.slice(0, 80)}`)
      const overview = await context.ingress(host, '/api/overview', request)
      expectStatus(overview, 200, `http://${host}/api/overview`)
      const { http } = JSON.parse(overview.body) as { http: { routers: { total: number } } }
      if (!http.routers.total) throw new Error("the dashboard's API lists no router, expected at least its own")
      return `${http.routers.total} routers`
    })
  },
}

const passwordWanted: ComponentCheck = {
  id: 'no-password',
  dependsOn: [
    'ingress/traffic',
    'ingress/route/backend',
    'ingress/route/middlewares',
    'ingress/login/middleware',
    '*/page',
  ],
  name: 'pages without their own login require the password',
  timeoutMs: 60_000,
  hint: 'pnpm kubectl get configmap traefik-ingress-dynamic --namespace kube-system -o yaml',
  async run(context) {
    const hosts = await guardedHosts(context)
    if (!asksForPassword(context)) {
      await untilSettled(context, async () => {
        for (const host of hosts) expectOpen(host, await context.ingress(host, '/'))
      })
      return `DASHBOARD_AUTH=0: ${hosts.join(', ')} require no password`
    }
    const wrong = { login: { user: (await login(context))?.user ?? '', password: 'not the password' } }
    await untilSettled(context, async () => {
      for (const host of hosts) {
        expectStatus(await context.ingress(host, '/'), 401, `http://${host}/ without a password`)
        expectStatus(await context.ingress(host, '/', wrong), 401, `http://${host}/ with a wrong password`)
      }
    })
    return `401 without and with a wrong one: ${hosts.join(', ')}`
  },
}

function expectOpen(host: string, { status }: HttpResponse): void {
  if (status === 401) throw new Error(`http://${host}/ requires a password, expected none: DASHBOARD_AUTH=0`)
}

/** The dashboard's host, and every host whose Ingress uses the middleware auth@file. */
async function guardedHosts(context: ProofContext): Promise<readonly string[]> {
  const guarded = (await platformIngresses(context)).filter(({ metadata }) =>
    metadata.annotations?.['traefik.ingress.kubernetes.io/router.middlewares']?.split(',').includes('auth@file'),
  )
  const hosts = guarded.flatMap(({ spec }) => spec?.rules?.flatMap(({ host }) => host ?? []) ?? [])
  return [...new Set([dashboardHost(context), ...hosts])]
}

const slash: ComponentCheck = {
  id: 'dashboard-slash',
  dependsOn: ['ingress/traffic', 'ingress/websecure', 'ingress/route', 'ingress/login'],
  name: '/dashboard redirects to the dashboard, through the ingress and on its Service',
  timeoutMs: 60_000,
  hint: 'pnpm kubectl get ingress traefik-ingress-dashboard --namespace kube-system -o yaml',
  async run(context) {
    const host = dashboardHost(context)
    const given = await login(context)
    return untilSettled(context, async () => {
      // Over TLS too: a redirect made by the page behind the ingress would lead back to plain HTTP.
      for (const scheme of ['http', 'https']) {
        const answer = await context.ingress(host, '/dashboard', { login: given, tls: scheme === 'https' })
        expectRedirect(answer, `${scheme}://${host}/dashboard`, new RegExp(`^${scheme}://${host}(:\\d+)?/dashboard/$`))
      }
      expectRedirect(await context.service(dashboard, '/dashboard'), 'the Service', /\/dashboard\/$/)
      return '302 to /dashboard/'
    })
  },
}

function expectRedirect({ status, headers }: HttpResponse, what: string, to: RegExp): void {
  const { location = 'nowhere' } = headers
  if (status < 300 || status > 399 || !to.test(location)) {
    throw new Error(`${what}: expected a redirect to ${to.source}, got ${status} to ${location}`)
  }
}

export const dashboardChecks = defineChecks([page, passwordWanted, slash])
