import type { KubeObject } from '@platform/cluster'

/** The fields of live workloads that show their rollout. */
export interface Workload extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly generation?: number; readonly deletionTimestamp?: string }
  readonly spec?: {
    readonly replicas?: number
    readonly type?: string
    readonly completions?: number
    readonly suspend?: boolean
    readonly ingressClassName?: string
    readonly storageClassName?: string
    readonly volumeName?: string
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> }
    readonly updateStrategy?: { readonly type?: string }
  }
  readonly status?: {
    readonly observedGeneration?: number
    readonly replicas?: number
    readonly updatedReplicas?: number
    readonly availableReplicas?: number
    readonly readyReplicas?: number
    readonly currentRevision?: string
    readonly updateRevision?: string
    readonly desiredNumberScheduled?: number
    readonly updatedNumberScheduled?: number
    readonly numberAvailable?: number
    readonly succeeded?: number
    readonly phase?: string
    readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[]
    readonly loadBalancer?: { readonly ingress?: readonly { ip?: string; hostname?: string }[] }
  }
}

/** `Deployment monitoring/prometheus-server`. */
export function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`
}

/** What a workload's rollout still waits for; undefined: it is complete. */
export function unfinished(object: Workload): string | undefined {
  const { metadata, status } = object
  const judge = judges[object.kind ?? '']
  if (!judge) return undefined
  const observes = object.kind === 'Deployment' || object.kind === 'StatefulSet' || object.kind === 'DaemonSet'
  if (observes && (status?.observedGeneration ?? 0) < (metadata.generation ?? 1))
    return 'not yet observed by its controller'
  return judge(object)
}

const judges: Readonly<Record<string, (object: Workload) => string | undefined>> = {
  Deployment({ spec, status }) {
    const wanted = spec?.replicas ?? 1
    const { updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = status ?? {}
    if (updatedReplicas < wanted || availableReplicas < wanted) {
      return `${Math.min(updatedReplicas, availableReplicas)} of ${wanted} pods available`
    }
    return replicas > updatedReplicas ? `${replicas - updatedReplicas} old pods to terminate` : undefined
  },
  StatefulSet({ spec, status }) {
    const wanted = spec?.replicas ?? 1
    const { readyReplicas = 0, availableReplicas = readyReplicas, updatedReplicas = 0 } = status ?? {}
    if (availableReplicas < wanted) return `${availableReplicas} of ${wanted} pods available`
    const rolls = spec?.updateStrategy?.type !== 'OnDelete' && status?.updateRevision !== status?.currentRevision
    return rolls && updatedReplicas < wanted ? `${updatedReplicas} of ${wanted} pods updated` : undefined
  },
  DaemonSet({ spec, status }) {
    const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status ?? {}
    const updated = spec?.updateStrategy?.type === 'OnDelete' ? wanted : updatedNumberScheduled
    const ready = Math.min(updated, numberAvailable)
    return ready < wanted ? `${ready} of ${wanted} pods available` : undefined
  },
  Job({ spec, status }) {
    if (
      spec?.suspend ||
      status?.conditions?.some(({ type, status: value }) => type === 'Complete' && value === 'True')
    ) {
      return undefined
    }
    return `${status?.succeeded ?? 0} of ${spec?.completions ?? 1} completed`
  },
  PersistentVolumeClaim: ({ status }) => (status?.phase === 'Bound' ? undefined : (status?.phase ?? 'Pending')),
  Service: ({ spec, status }) =>
    spec?.type !== 'LoadBalancer' || status?.loadBalancer?.ingress?.length ? undefined : 'no address yet',
  Ingress: ({ status }) => (status?.loadBalancer?.ingress?.length ? undefined : 'no address yet'),
}

/** The kinds that a rollout waits for. */
export const watchedKinds: ReadonlySet<string> = new Set(Object.keys(judges))

/** The controller's reason why a workload cannot progress, for example because no pod can be created. */
export function workloadTrouble({ kind, metadata, status }: Workload): string | undefined {
  const bad = kind === 'Job' ? 'Failed' : 'ReplicaFailure'
  const condition = status?.conditions?.find(({ type, status: value }) => type === bad && value === 'True')
  return condition && `${kind} ${metadata.name}: ${condition.reason}: ${condition.message ?? ''}`
}

/** The objects that a rollout waits for. */
export function watchable(objects: readonly KubeObject[]): KubeObject[] {
  return objects.filter(({ kind }) => watchedKinds.has(kind ?? ''))
}
