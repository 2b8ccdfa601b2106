import type { Manifest, PodObject } from '@platform/cluster'
import { type PlatformError, usageError } from '@platform/core'
import { objectName } from '../diff/describe.ts'
import { isOfRelease } from '../diff/observe.ts'
import { isForeign } from '../release/history.ts'
import { isRecord } from '../values/merge.ts'
import type { Desired, Observed } from './types.ts'

/**
 * All conflicts with unmanaged resources: objects, Secrets and a release with the component's names, kinds that the cluster
 * does not serve, host ports in use. None of them is ever changed.
 */
export function conflictsOf(desired: Desired, observed: Observed): string[] {
  const { history, foreignSecrets } = observed
  const place = `${desired.namespace}/${desired.release}`
  const foreign = isForeign(history)
  const objects = foreign ? [] : (desired.rendered?.objects ?? [])
  const unserved = objects.filter(({ path }) => path === undefined && desired.chart.kind === 'own')
  return [
    ...(foreign ? [`Helm release ${place}: not installed by the platform`] : []),
    ...foreignSecrets.map((name) => `Secret ${desired.namespace}/${name}: exists and is not managed by the platform`),
    ...objects.flatMap(({ live }) => (live && !isOfRelease(live, desired) ? objectConflict(live) : [])),
    ...unserved.map(
      ({ wanted }) => `${objectName(wanted)}: the cluster does not serve ${wanted.kind} of ${wanted.apiVersion}`,
    ),
    ...portConflicts(
      objects.map(({ wanted }) => wanted),
      observed.otherPods,
      desired.namespace,
    ),
  ]
}

/** @returns the error for `up` and `plan`: exit code 2 */
export function conflictError(name: string, conflicts: readonly string[]): PlatformError {
  return usageError(
    'RESOURCE_NOT_MANAGED',
    `cannot bring up ${name}: unmanaged resources are in the way, and are never changed:\n${conflicts.map((each) => `  ${each}`).join('\n')}`,
    'delete or rename them, or set other names and ports in values/<overlay>/',
  )
}

function objectConflict(live: Manifest): string {
  const { annotations = {}, labels = {} } = live.metadata
  const helm = annotations['meta.helm.sh/release-name']
  const owner = helm
    ? `of the Helm release ${annotations['meta.helm.sh/release-namespace']}/${helm}`
    : labels['app.kubernetes.io/managed-by']
      ? `managed by ${labels['app.kubernetes.io/managed-by']}`
      : 'not managed by the platform'
  return `${objectName(live)}: exists, ${owner}`
}

interface HostPort {
  readonly port: number
  readonly protocol: string
}

interface PodSpec {
  readonly hostNetwork?: boolean
  readonly containers?: readonly Container[]
  readonly initContainers?: readonly Container[]
}

interface Container {
  readonly ports?: readonly { hostPort?: number; containerPort?: number; protocol?: string }[]
}

/** The host ports of a pod. */
export function hostPorts(spec: PodSpec | undefined): HostPort[] {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, containerPort, protocol = 'TCP' }) => {
      const port = spec?.hostNetwork ? (hostPort ?? containerPort) : hostPort
      return port ? [{ port, protocol }] : []
    }),
  )
}

/** The host ports that the pods of a manifest need. */
export function wantedPorts(objects: readonly Manifest[]): (HostPort & { readonly by: Manifest })[] {
  return objects.flatMap((by) => hostPorts(podTemplate(by)?.spec).map((port) => ({ ...port, by })))
}

function podTemplate({ kind, spec }: Manifest): { metadata?: Manifest['metadata']; spec?: PodSpec } | undefined {
  if (!isRecord(spec)) return undefined
  return kind === 'Pod' ? { spec } : (spec.template as { metadata?: Manifest['metadata']; spec?: PodSpec } | undefined)
}

/** k3s' load balancer uses pods with host ports: on k3s a LoadBalancer Service needs these as well. */
const serviceLoadBalancer = 'svccontroller.k3s.cattle.io/svcname'

function portConflicts(objects: readonly Manifest[], pods: readonly PodObject[], namespace: string): string[] {
  const byServiceLoadBalancer = pods.some(({ metadata }) => metadata.labels?.[serviceLoadBalancer])
  const wanted = [...wantedPorts(objects), ...(byServiceLoadBalancer ? loadBalancerPorts(objects) : [])]
  const found = wanted.flatMap(({ port, protocol, by }) =>
    pods.flatMap((pod) => {
      const { spec } = pod as PodObject & { spec?: PodSpec & { nodeName?: string } }
      const taken = hostPorts(spec).some((each) => each.port === port && each.protocol === protocol)
      if (!taken || isPodOf(pod, by, namespace)) return []
      const node = spec?.nodeName ? ` on node ${spec.nodeName}` : ''
      return [`port ${port}/${protocol}${node} for ${objectName(by)}: in use by ${objectName({ ...pod, kind: 'pod' })}`]
    }),
  )
  return [...new Set(found)]
}

function loadBalancerPorts(objects: readonly Manifest[]) {
  return objects.flatMap((by) => {
    const spec = by.spec as { type?: string; ports?: readonly { port: number; protocol?: string }[] } | undefined
    if (by.kind !== 'Service' || spec?.type !== 'LoadBalancer') return []
    return (spec.ports ?? []).map(({ port, protocol = 'TCP' }) => ({ port, protocol, by }))
  })
}

/** Whether the pod is an earlier one of the same workload. */
function isPodOf(pod: PodObject, by: Manifest, namespace: string): boolean {
  const place = by.metadata.namespace ?? namespace
  if (by.kind === 'Service') return pod.metadata.labels?.[serviceLoadBalancer] === by.metadata.name
  if (pod.metadata.namespace !== place) return false
  const labels = podTemplate(by)?.metadata?.labels ?? {}
  const own = ['app.kubernetes.io/name', 'app.kubernetes.io/instance'].filter((name) => labels[name])
  return own.length > 0
    ? own.every((name) => pod.metadata.labels?.[name] === labels[name])
    : pod.metadata.name.startsWith(by.metadata.name)
}
