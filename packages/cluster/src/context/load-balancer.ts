import type { KubeObject, NodeObject, ServiceObject } from '../kubernetes/objects.ts'

export interface LoadBalancerEvidence {
  readonly nodes: readonly NodeObject[]
  readonly services: readonly ServiceObject[]
  /** Deployments and DaemonSets of all namespaces. */
  readonly workloads: readonly KubeObject[]
  readonly now: Date
}

export interface LoadBalancerAnswer {
  readonly answer: 'yes' | 'likely' | 'no' | 'unknown'
  readonly why: string
}

/** A Service that waits longer than this for its address will not get one. */
const patienceMs = 10 * 60_000

/** Names of workloads that serve Services of type LoadBalancer, and what they belong to. */
const controllers: readonly [RegExp, string][] = [
  [/^metallb(-.*)?$|^controller$/, 'MetalLB'],
  [/^kube-vip(-.*)?$/, 'kube-vip'],
  [/^svclb-/, "k3s' ServiceLB"],
  [/^cilium-operator$/, 'Cilium'],
  [/cloud-controller-manager/, 'a cloud controller manager'],
  [/^aws-load-balancer-controller$/, 'the AWS load balancer controller'],
  [/^openelb-/, 'OpenELB'],
  [/^purelb-|^lbnodeagent$/, 'PureLB'],
]

/** Names that mean something in their own namespace only. */
const namespaceOf: Readonly<Record<string, string>> = { controller: 'metallb-system' }

/** Providers whose managed control plane gives LoadBalancers without a pod that shows. */
const clouds = /^(aws|gce|azure|openstack|digitalocean|hcloud|linode|vultr|oci|ocid1|ibm|alicloud|scaleway|exoscale):/

/**
 * Whether a Service of type LoadBalancer will get an address, judged from existing objects. Creates nothing.
 * `yes` is proof, `likely` a known controller or cloud, `unknown` no trace either way.
 */
export function loadBalancerAnswer({ nodes, services, workloads, now }: LoadBalancerEvidence): LoadBalancerAnswer {
  const wanting = services.filter(({ spec }) => spec?.type === 'LoadBalancer')
  const served = wanting.find(({ status }) => status?.loadBalancer?.ingress?.length)
  if (served) {
    const address = served.status?.loadBalancer?.ingress?.[0]
    return { answer: 'yes', why: `Service ${fullName(served)} has the address ${address?.ip ?? address?.hostname}` }
  }
  const starved = wanting.find(
    ({ metadata }) => now.getTime() - Date.parse(metadata.creationTimestamp ?? '') > patienceMs,
  )
  if (starved) return { answer: 'no', why: `Service ${fullName(starved)} has waited over 10 minutes for an address` }
  for (const workload of workloads) {
    const { name, namespace } = workload.metadata
    const known = controllers.find(([pattern]) => pattern.test(name))
    if (known && (!namespaceOf[name] || namespaceOf[name] === namespace)) {
      return { answer: 'likely', why: `${known[1]} runs here (${fullName(workload)})` }
    }
  }
  const provider = nodes.map(({ spec }) => clouds.exec(spec?.providerID ?? '')?.[1]).find(Boolean)
  if (provider) return { answer: 'likely', why: `the nodes belong to the cloud provider ${provider}` }
  return {
    answer: 'unknown',
    why: 'no Service of type LoadBalancer, no known controller, no cloud provider: no trace either way',
  }
}

function fullName({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}
