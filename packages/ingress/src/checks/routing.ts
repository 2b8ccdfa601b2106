import type { KubeObject } from '@platform/cluster'
import { type ComponentCheck, defineChecks, type HttpRequest, type ProofContext } from '@platform/engine'
import { retryFor, untilSettled } from '@platform/engine/settled'
import { component, dashboard } from '../component.ts'
import { dashboardHost, expectStatus, unique, unknownHost } from './common.ts'

interface IngressObject extends KubeObject {
  readonly spec?: {
    readonly ingressClassName?: string
    readonly rules?: readonly {
      readonly host?: string
      readonly http?: { readonly paths?: readonly { readonly path?: string }[] }
    }[]
  }
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { ip?: string; hostname?: string }[] } }
}

/** How long a new Ingress may take until Traefik serves it, on a busy machine. */
const TAKEN_IN_WITHIN_MS = 10_000

/** The platform's Ingresses, of all components. */
export function platformIngresses({ api }: ProofContext): Promise<readonly IngressObject[]> {
  const selector = { labels: 'app.kubernetes.io/part-of=observable-platform' }
  return api
    .list<IngressObject>('/apis/networking.k8s.io/v1/ingresses', selector)
    .then((all) => all.filter(({ spec }) => spec?.ingressClassName === 'traefik'))
}

const hosts: ComponentCheck = {
  id: 'hosts',
  dependsOn: ['ingress/traffic', 'ingress/route/backend', '*/page'],
  name: 'each host of the platform answers through the load balancer',
  timeoutMs: 60_000,
  hint: 'pnpm kubectl get ingress --all-namespaces',
  async run(context) {
    const all = (await platformIngresses(context)).flatMap(({ spec }) => spec?.rules ?? [])
    const rules = all.filter(({ host }) => host)
    if (!rules.length) throw new Error('the platform has no Ingress, expected at least that of the dashboard')
    const requests = rules.map(async ({ host = '', http }) => {
      const path = http?.paths?.[0]?.path ?? '/'
      return untilSettled(context, () => answers(context, host, path))
    })
    const results = await Promise.allSettled(requests)
    const wrong = results.flatMap((each) => (each.status === 'rejected' ? [String(each.reason.message)] : []))
    if (wrong.length) throw new Error(`expected a response of the page behind the ingress: ${wrong.join('; ')}`)
    return results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])).join(', ')
  },
}

/** Accepts any response of a page, also one that requires a login. */
async function answers({ ingress }: ProofContext, host: string, path: string, request: HttpRequest = {}) {
  const { status } = await ingress(host, path, request)
  const url = `${request.tls ? 'https' : 'http'}://${host}${path}`
  if (status === 404 || status >= 500) throw new Error(`${url}: ${status}`)
  return `${url} ${status}`
}

const wrongHost: ComponentCheck = {
  id: 'wrong-host',
  dependsOn: ['ingress/traffic', 'ingress/route/hosts', 'ingress/route/backend'],
  name: 'an unknown host gets 404',
  timeoutMs: 60_000,
  hint: "pnpm kubectl get ingress --all-namespaces -o custom-columns='NAME:.metadata.name,HOSTS:.spec.rules[*].host'",
  async run(context) {
    const host = unknownHost()
    await untilSettled(context, async () => expectStatus(await context.ingress(host, '/'), 404, `http://${host}/`))
    return '404'
  },
}

const websecure: ComponentCheck = {
  id: 'websecure',
  dependsOn: ['ingress/traffic', 'ingress/websecure', 'ingress/route/backend'],
  name: 'hosts answer over TLS as well',
  timeoutMs: 60_000,
  hint: 'pnpm kubectl describe svc traefik-ingress --namespace kube-system',
  async run(context) {
    const host = dashboardHost(context)
    return untilSettled(context, () => answers(context, host, '/dashboard/', { tls: true }))
  },
}

const routes: ComponentCheck = {
  id: 'routes',
  dependsOn: ['ingress/traffic', 'ingress/status'],
  name: 'a new Ingress gets an address and is routed; after its deletion the host gets 404',
  timeoutMs: 60_000,
  hint: 'pnpm kubectl logs --namespace kube-system deployment/traefik-ingress --tail 50',
  async run(context) {
    const name = unique('verify-routes')
    const host = `${name}.invalid`
    const [created] = await context.temporary(testIngress(name, host))
    const path = `/apis/networking.k8s.io/v1/namespaces/${component.namespace}/ingresses/${created?.metadata.name ?? name}`
    const pings = async (status: number) =>
      expectStatus(await context.ingress(host, '/ping'), status, `http://${host}/ping`)
    await retryFor(context, TAKEN_IN_WITHIN_MS, () => pings(200))
    const address = await retryFor(context, TAKEN_IN_WITHIN_MS, () => addressOf(context, path))
    await context.api.delete(path)
    await retryFor(context, TAKEN_IN_WITHIN_MS, () => pings(404))
    return `200 at ${address}, 404 after its deletion`
  },
}

async function addressOf({ api }: ProofContext, path: string): Promise<string> {
  const { metadata, status } = await api.get<IngressObject>(path)
  const [first] = status?.loadBalancer?.ingress ?? []
  const address = first?.ip ?? first?.hostname
  if (!address)
    throw new Error(`Ingress ${metadata.name} got no address. Check that Traefik may update ingresses/status`)
  return address
}

/** Routes to a Service that always exists: the dashboard's, at Traefik's /ping. */
function testIngress(name: string, host: string) {
  const service = { name: dashboard.service, port: { number: dashboard.port } }
  const paths = [{ path: '/ping', pathType: 'Exact', backend: { service } }]
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
    metadata: { name, namespace: component.namespace, labels: { 'platform.local/made-by': 'verify' } },
    spec: { ingressClassName: 'traefik', rules: [{ host, http: { paths } }] },
  }
}

export const routingChecks = defineChecks([hosts, wrongHost, websecure, routes])
