import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject, ServiceObject } from '@platform/cluster'
import type { ComponentCheck, ProofContext } from '@platform/engine'
import { untilSettled } from '@platform/engine/settled'
import { component } from '../component.ts'
import { unknownHost } from './common.ts'

/** How long a cluster may show no sign of a load balancer controller. */
const SIGN_WITHIN_MS = 20_000
/** How long a load balancer may take when there is a controller. */
const ADDRESS_WITHIN_MS = 150_000

interface EventObject extends KubeObject {
  readonly reason?: string
  readonly message?: string
  readonly lastTimestamp?: string
}

const path = `/api/v1/namespaces/${component.namespace}/services/${component.release}`

/** The Service has an address outside the cluster that answers requests. */
export const loadBalancer: ComponentCheck = {
  id: 'load-balancer',
  dependsOn: ['ingress/traffic'],
  name: 'the load balancer has an address and answers there',
  timeoutMs: ADDRESS_WITHIN_MS + 20_000,
  hint: 'pnpm kubectl describe svc traefik-ingress --namespace kube-system',
  async run(context) {
    const address = await waitForAddress(context)
    const { status } = await untilSettled(context, () => context.ingress(unknownHost(), '/'))
    return `${address} (HTTP ${status})`
  },
}

/** Distinguishes a cluster without a load balancer controller from one that is slow. */
async function waitForAddress(context: ProofContext): Promise<string> {
  const started = Date.now()
  for (;;) {
    const service = await context.api.get<ServiceObject>(path)
    if (service.spec?.type !== 'LoadBalancer') {
      throw new Error(`Service ${component.release} has the type ${service.spec?.type}, expected LoadBalancer`)
    }
    const address = addressOf(service)
    if (address) return address
    const waited = Date.now() - started
    const age = Date.now() - Date.parse(service.metadata.creationTimestamp ?? '')
    if (age > SIGN_WITHIN_MS || waited > SIGN_WITHIN_MS) {
      const sign = await signOfGiver(context, service)
      if (!sign) {
        throw new Error(`no address after ${seconds(age)} s, and no sign of a load balancer controller:
no event on the Service, no finalizer, no other Service with an address, no cloud node.
Install one (MetalLB, or the cloud's own)`)
      }
      if (waited > ADDRESS_WITHIN_MS || age > ADDRESS_WITHIN_MS * 4) {
        throw new Error(
          `no address after ${seconds(age)} s. The cluster has a load balancer controller, but it is slow: ${sign}`,
        )
      }
    }
    await sleep(2000, undefined, { signal: context.signal })
  }
}

const seconds = (ms: number) => Math.round(ms / 1000)

function addressOf({ status }: ServiceObject): string | undefined {
  const [first] = status?.loadBalancer?.ingress ?? []
  return first?.ip ?? first?.hostname
}

/** Evidence that the cluster has a load balancer controller; undefined: none. */
async function signOfGiver({ api }: ProofContext, service: ServiceObject): Promise<string | undefined> {
  const fields = `involvedObject.kind=Service,involvedObject.name=${component.release}`
  const events = await api.list<EventObject>(`/api/v1/namespaces/${component.namespace}/events`, { fields })
  const last = [...events].sort((a, b) => (a.lastTimestamp ?? '').localeCompare(b.lastTimestamp ?? '')).at(-1)
  if (last) return `${last.reason}: ${last.message}`
  const finalizers = (service.metadata as { finalizers?: readonly string[] }).finalizers ?? []
  if (finalizers.length) return `the Service has the finalizers ${finalizers.join(', ')}`
  const other = (await api.list<ServiceObject>('/api/v1/services')).find(addressOf)
  if (other) return `Service ${other.metadata.namespace}/${other.metadata.name} has ${addressOf(other)}`
  const nodes = await api.list<KubeObject & { spec?: { providerID?: string } }>('/api/v1/nodes')
  const cloud = nodes.map(({ spec }) =>
    /^(aws|gce|azure|openstack|digitalocean|hcloud|linode):/.exec(spec?.providerID ?? ''),
  )
  const found = cloud.find(Boolean)
  return found ? `its nodes run on ${found[1]}` : undefined
}
