import { type ComponentCheck, defineChecks, type ProofContext } from '@platform/engine'
import { untilSettled } from '@platform/engine/settled'
import { type PageValues, valuesOf } from './common.ts'

const pages: ComponentCheck = {
  id: 'pages',
  dependsOn: ['ingress/traffic', 'ingress/login', 'prometheus/server', 'prometheus/page', 'alertmanager'],
  name: 'the pages of Prometheus and Alertmanager are reachable through the ingress, only with the password',
  timeoutMs: 60_000,
  hint: 'pnpm kubectl describe ingress -n monitoring',
  needs: ['ingress'],
  async run(context) {
    const { server, alertmanager } = valuesOf(context)
    const all = [server.ingress, alertmanager.ingress].filter(({ enabled }) => enabled)
    const outcomes = await Promise.allSettled(
      all.flatMap((page) => page.hosts.map((host) => untilSettled(context, () => requestPage(context, host, page)))),
    )
    const errors = outcomes.flatMap((each) => (each.status === 'rejected' ? [(each.reason as Error).message] : []))
    if (errors.length) throw new Error(errors.join('; '))
    return (
      outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])).join('; ') ||
      'no Ingress is enabled'
    )
  },
}

export const pageChecks = defineChecks([pages])

async function requestPage(context: ProofContext, host: string, { auth }: PageValues): Promise<string> {
  const open = await context.ingress(host, '/-/ready')
  const expected = auth ? 401 : 200
  if (open.status !== expected) throw new Error(`${host} without a password: expected ${expected}, got ${open.status}`)
  if (!auth) return `${host} 200 (no password required)`
  const [user, password] = await Promise.all(
    ['username', 'password'].map((key) => context.secret('traefik-ingress-auth', key, 'kube-system')),
  )
  const login = { user: user ?? '', password: password ?? '' }
  const { status } = await context.ingress(host, '/-/ready', { login })
  if (status !== 200) throw new Error(`${host} with the password: expected 200, got ${status}`)
  return `${host} 401 and 200`
}
