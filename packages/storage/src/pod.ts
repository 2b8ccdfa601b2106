import type { ProofContext } from '@platform/engine'
import { mysqlPod } from './mysql.ts'

interface Pod {
  readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string }
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly { readonly name: string; readonly restartCount: number }[]
  }
}

interface StatefulSet {
  readonly metadata: { readonly generation: number }
  readonly status?: {
    readonly observedGeneration?: number
    readonly readyReplicas?: number
    readonly updatedReplicas?: number
    readonly currentRevision?: string
    readonly updateRevision?: string
  }
}

const podPath = (context: ProofContext, name: string) =>
  `/api/v1/namespaces/${context.component.namespace}/pods/${name}`

/** The path of the StatefulSet. */
export function statefulSetPath({ component: { namespace, release } }: ProofContext): string {
  return `/apis/apps/v1/namespaces/${namespace}/statefulsets/${release}`
}

/** Deletes MySQL's pod, as `kubectl delete` does, and waits for the next one. */
export async function replacePod(context: ProofContext): Promise<void> {
  const name = await mysqlPod(context)
  const path = podPath(context, name)
  const { metadata } = await context.api.get<Pod>(path)
  await context.api.delete(path)
  await context.until(`another pod ${name} to be ready`, async () => {
    const pod = await context.api.find<Pod>(path)
    return pod && pod.metadata.uid !== metadata.uid && isReady(pod) ? true : undefined
  })
}

/** The restart count of the server's container, and whether the pod is ready. */
export async function serverState(
  context: ProofContext,
  name: string,
): Promise<{ uid: string; restarts: number; ready: boolean }> {
  const pod = await context.api.get<Pod>(podPath(context, name))
  const container = pod.status?.containerStatuses?.find((each) => each.name === context.component.release)
  return { uid: pod.metadata.uid, restarts: container?.restartCount ?? 0, ready: isReady(pod) }
}

/** Waits until the rollout of the StatefulSet is complete. */
export async function rolledOut(context: ProofContext): Promise<void> {
  await context.until('the changed pod to be ready', async () => {
    const { metadata, status } = await context.api.get<StatefulSet>(statefulSetPath(context))
    const observed = (status?.observedGeneration ?? 0) >= metadata.generation
    const done = status?.readyReplicas === 1 && status.currentRevision === status.updateRevision
    return observed && done ? true : undefined
  })
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True')
  return Boolean(ready) && metadata.deletionTimestamp === undefined
}
