import { type ComponentCheck, defineChecks, type ProofContext } from '@platform/engine'
import { eventually, type PageValues, valuesOf } from './common.ts'

const pages: ComponentCheck = {
  id: 'pages',
  name: 'the pages of Prometheus and Alertmanager are there through the ingress, with the password only',
  limitMs: 30_000,
  hint: 'pnpm kubectl describe ingress -n monitoring',
  needs: ['ingress'],
  async ask(context) {
    const { server, alertmanager } = valuesOf(context)
    const all = [server.ingress, alertmanager.ingress].filter(({ enabled }) => enabled)
    const seen = await Promise.all(all.flatMap((page) => page.hosts.map((host) => askPage(context, host, page))))
    return seen.join('; ') || 'no Ingress is wanted'
  },
}

export const pageChecks = defineChecks([pages])

async function askPage(context: ProofContext, host: string, { auth }: PageValues): Promise<string> {
  return eventually(context, 15_000, async () => {
    const open = await context.ingress(host, '/-/ready')
    const wanted = auth ? 401 : 200
    if (open.status !== wanted) throw new Error(`${host} without a password: expected ${wanted}, got ${open.status}`)
    if (!auth) return `${host} 200 (no password is asked)`
    const [user, password] = await Promise.all(
      ['username', 'password'].map((key) => context.secret('traefik-ingress-auth', key, 'kube-system')),
    )
    const login = { user: user ?? '', password: password ?? '' }
    const { status } = await context.ingress(host, '/-/ready', { login })
    if (status !== 200) throw new Error(`${host} with the password: expected 200, got ${status}`)
    return `${host} 401 and 200`
  })
}
