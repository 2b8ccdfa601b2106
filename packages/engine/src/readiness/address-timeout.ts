import { type Api, type KubeObject, loadBalancerAnswer, type ServiceObject } from '@platform/cluster'
import type { Settings } from '@platform/core'
import type { ObservedRelease, Waiting } from './rollout.ts'

/** An ingress controller that lives gives an address within a second or two. */
const ingressMs = 15_000
/** Where nothing tells whether Services get addresses. */
const unknownBalancerMs = 30_000

/**
 * How long what is not there yet is waited for. Workloads and volumes must come. An address depends on who gives it: a
 * cluster without load balancers, or without the ingress' controller, is no failure of the component that asks for one.
 */
export function addressTimeout(api: Api, target: Settings['TARGET'], wanted: ObservedRelease['wanted']) {
  let balancers: Promise<number> | undefined
  return async ({ kind, object }: Waiting): Promise<number> => {
    if (kind === 'Service') {
      // The embedded node gives each an address itself.
      balancers ??= target === 'embedded' ? Promise.resolve(Number.POSITIVE_INFINITY) : balancerPatience(api)
      return balancers
    }
    if (kind !== 'Ingress') return Number.POSITIVE_INFINITY
    const ingress = wanted.find((each) => each.kind === kind && object.endsWith(`/${each.metadata.name}`))
    return (await hasClass(api, ingress)) ? ingressMs : 0
  }
}

/** What is said of what was left without an address. */
export function withoutAddress({ object, kind }: Waiting): { message: string; hint: string } {
  if (kind === 'Service') {
    return {
      message: `${object} has no address: nothing here gives Services of type LoadBalancer one`,
      hint: 'pnpm kubectl get services -A --field-selector spec.type=LoadBalancer',
    }
  }
  return {
    message: `${object} has no address: no ingress controller has taken it on`,
    hint: 'pnpm up ingress',
  }
}

async function balancerPatience(api: Api): Promise<number> {
  const optional = <T>(path: string) => api.list<T>(path).catch(() => [] as T[])
  const [nodes, services, deployments, daemonSets] = await Promise.all([
    optional<KubeObject>('/api/v1/nodes'),
    optional<ServiceObject>('/api/v1/services'),
    optional<KubeObject>('/apis/apps/v1/deployments'),
    optional<KubeObject>('/apis/apps/v1/daemonsets'),
  ])
  const workloads = [...deployments, ...daemonSets]
  const { answer } = loadBalancerAnswer({ nodes, services, workloads, now: new Date() })
  if (answer === 'no') return 0
  return answer === 'unknown' ? unknownBalancerMs : Number.POSITIVE_INFINITY
}

async function hasClass(api: Api, ingress: KubeObject | undefined): Promise<boolean> {
  const name = (ingress as { spec?: { ingressClassName?: string } } | undefined)?.spec?.ingressClassName
  const classes = await api.list<KubeObject>('/apis/networking.k8s.io/v1/ingressclasses').catch(() => [])
  if (name) return classes.some(({ metadata }) => metadata.name === name)
  return classes.some(
    ({ metadata }) => metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true',
  )
}
