import { type KubeObject, type PodObject, podProblem } from '@platform/cluster'
import { type PodFailure, type PodJudgement, podFailure } from './pod-failure.ts'
import { nameOf, unfinished, type Workload, workloadTrouble } from './workloads.ts'

/** What the watches of a release have observed. */
export interface ObservedRelease {
  /** The objects to wait for, as rendered. */
  readonly wanted: readonly KubeObject[]
  /** Live objects by `nameOf`. */
  readonly live: ReadonlyMap<string, Workload>
  readonly pods: readonly PodObject[]
  readonly replicaSets: readonly OwnedObject[]
}

export interface OwnedObject extends KubeObject {
  readonly metadata: KubeObject['metadata'] & {
    readonly deletionTimestamp?: string
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[]
  }
}

export interface RolloutState {
  /** Objects that are not ready, with what is missing. Empty: done. */
  readonly waiting: readonly Waiting[]
  /** Pods that count as failed once the state has lasted for `afterMs`. */
  readonly failures: readonly PodFailure[]
}

export interface Waiting {
  readonly object: string
  readonly kind: string
  readonly missing: string
}

/** What a rollout still waits for, and what has failed. Pure. */
export function rolloutState(seen: ObservedRelease, how: PodJudgement): RolloutState {
  const waiting: Waiting[] = []
  const failures: PodFailure[] = []
  for (const wanted of seen.wanted) {
    const object = nameOf(wanted)
    const live = seen.live.get(object)
    const lacks = live ? unfinished(live) : 'not created yet'
    if (!lacks) continue
    const pods = live ? podsOf(live, seen) : []
    const troubles = pods.flatMap((pod) => podProblem(pod) ?? [])
    waiting.push({ object, kind: wanted.kind ?? '', missing: troubles.length ? `${lacks}: ${troubles[0]}` : lacks })
    const own = live && workloadTrouble(live)
    if (own) failures.push({ pod: '', namespace: wanted.metadata.namespace ?? '', reason: own, afterMs: 3_000 })
    // A Job replaces failed pods; its own condition shows when it has given up.
    failures.push(...pods.flatMap((pod) => (wanted.kind === 'Job' ? [] : (podFailure(pod, how) ?? []))))
  }
  return { waiting, failures }
}

/** The pods of a workload's newest template. Problems of older pods end with them. */
export function podsOf(
  workload: Workload,
  { pods, replicaSets }: Pick<ObservedRelease, 'pods' | 'replicaSets'>,
): PodObject[] {
  const { kind, status } = workload
  const alive = (pods as readonly (PodObject & OwnedObject)[]).filter(({ metadata }) => !metadata.deletionTimestamp)
  const ownedBy = (uids: ReadonlySet<string | undefined>) =>
    alive.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uids.has(uid)))
  if (kind === 'Deployment') {
    const newest = replicaSets
      .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === workload.metadata.uid))
      .sort((a, b) => revisionOf(b) - revisionOf(a))[0]
    return newest ? ownedBy(new Set([newest.metadata.uid])) : []
  }
  const own = ownedBy(new Set([workload.metadata.uid]))
  if (kind === 'StatefulSet') {
    return own.filter(({ metadata }) => metadata.labels?.['controller-revision-hash'] === status?.updateRevision)
  }
  if (kind === 'DaemonSet') {
    // Old pods are replaced one by one; once none is left, every failing pod is a new one.
    return status?.updatedNumberScheduled === status?.desiredNumberScheduled ? own : []
  }
  return own
}

function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0)
}

/** Failing pods of an old template block a StatefulSet's rollout: it waits until they are ready. */
export function blockingPods(seen: ObservedRelease, how: PodJudgement): PodObject[] {
  return [...seen.live.values()]
    .filter(({ kind }) => kind === 'StatefulSet')
    .flatMap((workload) => {
      const { updateRevision } = workload.status ?? {}
      return (seen.pods as readonly (PodObject & OwnedObject)[]).filter(
        (pod) =>
          pod.metadata.ownerReferences?.some(({ uid }) => uid === workload.metadata.uid) &&
          !pod.metadata.deletionTimestamp &&
          pod.metadata.labels?.['controller-revision-hash'] !== updateRevision &&
          podFailure(pod, how),
      )
    })
}
