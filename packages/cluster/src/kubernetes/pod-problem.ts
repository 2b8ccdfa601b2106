import type { ContainerStatus, PodObject } from './objects.ts'

/** Normal states of a starting pod, which are not reported. */
const passing = new Set(['ContainerCreating', 'PodInitializing'])

/** Why the pod is not ready, in one line; undefined if it is ready or just starting. */
export function podProblem(pod: PodObject): string | undefined {
  const { status } = pod
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  for (const container of containers) {
    const trouble = containerTrouble(container)
    if (trouble) return `pod ${pod.metadata.name}, container ${container.name}: ${trouble}`
  }
  const unschedulable = status?.conditions?.find(
    ({ type, status: value, reason }) => type === 'PodScheduled' && value === 'False' && reason !== 'SchedulingGated',
  )
  if (unschedulable) return `pod ${pod.metadata.name}: ${unschedulable.reason}: ${unschedulable.message ?? ''}`
  if (status?.phase === 'Failed')
    return `pod ${pod.metadata.name}: ${status.reason ?? 'Failed'}: ${status.message ?? ''}`
  return undefined
}

function containerTrouble({ state, lastState, ready }: ContainerStatus): string | undefined {
  // `Unknown`: the node stopped while it ran; the kubelet will start it again.
  const { terminated } = state ?? {}
  if (terminated && terminated.exitCode !== 0 && terminated.reason !== 'Unknown') return ended(terminated)
  const waiting = state?.waiting
  if (waiting?.reason && !passing.has(waiting.reason)) {
    const before = lastState?.terminated ? `, ${ended(lastState.terminated)}` : ''
    return `${waiting.reason}${waiting.message ? `: ${waiting.message}` : ''}${before}`
  }
  if (!ready && lastState?.terminated && lastState.terminated.reason !== 'Unknown')
    return `restarted after it ${ended(lastState.terminated)}`
  return undefined
}

function ended(how: { reason?: string; message?: string; exitCode?: number }): string {
  const message = how.message?.trim()
  return `ended with exit code ${how.exitCode ?? '?'} (${how.reason ?? 'unknown'})${message ? `: ${message}` : ''}`
}
