import type { Api, KubeObject } from '@platform/cluster'
import type { Settings } from '@platform/core'
import { balancerAnswer } from './load-balancer.ts'
import type { ObservedRelease, Waiting } from './rollout.ts'

/** A running ingress controller sets an address within a second or two. */
const ingressMs = 15_000
/** If it is unknown whether the cluster has load balancers. */
const unknownBalancerMs = 30_000

/**
 * How long to wait for an object, in ms. Workloads and volumes must become ready. An address is optional where the cluster
 * has no load balancers or no ingress controller: that is no failure of the component.
 */
export function addressTimeout(api: Api, target: Settings['TARGET'], wanted: ObservedRelease['wanted']) {
  let balancers: Promise<number> | undefined
  return async ({ kind, object }: Waiting): Promise<number> => {
    if (kind === 'Service') {
      // The embedded node assigns each address itself.
      balancers ??= target === 'embedded' ? Promise.resolve(Number.POSITIVE_INFINITY) : balancerTimeout(api)
      return balancers
    }
    if (kind !== 'Ingress') return Number.POSITIVE_INFINITY
    const ingress = wanted.find((each) => each.kind === kind && object.endsWith(`/${each.metadata.name}`))
    return (await hasClass(api, ingress)) ? ingressMs : 0
  }
}

/** The warning about an object without an address. */
export function withoutAddress({ object, kind }: Waiting): { message: string; hint: string } {
  if (kind === 'Service') {
    return {
      message: `${object} has no address: this cluster assigns none to Services of type LoadBalancer`,
      hint: 'pnpm kubectl get services -A --field-selector spec.type=LoadBalancer',
    }
  }
  return {
    message: `${object} has no address: no ingress controller serves its class`,
    hint: 'pnpm up ingress',
  }
}

async function balancerTimeout(api: Api): Promise<number> {
  const { answer } = await balancerAnswer(api)
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
