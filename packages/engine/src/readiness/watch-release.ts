import { setTimeout as sleep } from 'node:timers/promises'
import type { Api, KubeObject, PodObject } from '@platform/cluster'
import type { PodFailure, PodJudgement } from './pod-failure.ts'
import {
  blockingPods,
  type ObservedRelease,
  type OwnedObject,
  type RolloutState,
  rolloutState,
  type Waiting,
} from './rollout.ts'
import { Warnings, withWarnings } from './warnings.ts'
import { nameOf, type Workload, watchedKinds } from './workloads.ts'

export interface WatchOptions {
  readonly progress: (message: string) => void
  readonly signal: AbortSignal
  /** The timeout, in ms. */
  readonly limitMs: number
  /** How long problems that others may fix are tolerated. */
  readonly tolerances: Pick<PodJudgement, 'unschedulableMs' | 'unpullableMs'>
  /** How long to wait for an object after all others are ready, in ms from the start. Infinity: it is required. */
  readonly timeoutFor: (waiting: Waiting) => Promise<number>
}

/** The result of a watch. */
export interface Watched {
  /** Undefined: every required object is ready. */
  readonly failure?: {
    readonly failures: readonly PodFailure[]
    readonly waiting: readonly Waiting[]
    readonly late: boolean
  }
  /** Optional objects that are not ready. */
  readonly optionalNotReady: readonly Waiting[]
  readonly observed: ObservedRelease
}

/** Interval of progress lines, in ms. */
const reportMs = 4_000
/** How long events are collected before they are evaluated, in ms. */
const settleMs = 40

/** Watches the rendered objects until they are ready, or until one has failed. */
export async function watchRelease(api: Api, wanted: readonly KubeObject[], options: WatchOptions): Promise<Watched> {
  const { signal, limitMs, tolerances, progress } = options
  const started = performance.now()
  const elapsed = () => performance.now() - started
  const store = new Store(wanted.filter(({ kind }) => watchedKinds.has(kind ?? '')))
  const stop = new AbortController()
  const abort = () => stop.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    const ended = store.watch(api, stop.signal)
    ended.catch(() => {}) // it is raced against below, and may fail after the end
    const how = { restartsBefore: store.restartsBefore, ...tolerances }
    const since = new Map<string, number>()
    const removed = new Set<string>()
    const warnings = new Warnings(api)
    let reported = ''
    let reportedAt = 0
    for (;;) {
      await Promise.race([store.changed(), sleep(500), ended])
      signal.throwIfAborted()
      await sleep(settleMs)
      if (!store.complete) {
        if (elapsed() > limitMs) throw new Error(`the watches of the release did not start within ${limitMs / 1000} s`)
        continue
      }
      const state = rolloutState(store.observed, how)
      if (!state.waiting.length) return { optionalNotReady: [], observed: store.observed }
      const { failures } = state
      const waiting = withWarnings(state.waiting, store.observed, warnings.about(store.observed, elapsed()))
      const lastingFailures = lasting(failures, since, performance.now())
      if (lastingFailures.length)
        return {
          failure: { failures: lastingFailures, waiting, late: false },
          optionalNotReady: [],
          observed: store.observed,
        }
      const timeouts = await Promise.all(waiting.map(options.timeoutFor))
      if (elapsed() >= Math.max(...timeouts)) return { optionalNotReady: waiting, observed: store.observed }
      if (elapsed() > limitMs)
        return { failure: { failures, waiting, late: true }, optionalNotReady: [], observed: store.observed }
      await unblock(api, store.observed, { how, removed, progress })
      const message = `waiting for ${waiting.map(({ object, missing }) => `${object} (${missing})`).join(', ')}`
      if (message !== reported || elapsed() - reportedAt > reportMs) {
        progress(message === reported ? `${message}, ${Math.round(elapsed() / 1000)} s` : message)
        reported = message
        reportedAt = elapsed()
      }
    }
  } finally {
    stop.abort()
    signal.removeEventListener('abort', abort)
  }
}

/** The failures that have lasted for `afterMs`. */
function lasting(failures: RolloutState['failures'], since: Map<string, number>, now: number): PodFailure[] {
  const key = ({ namespace, pod, container }: PodFailure) => `${namespace}/${pod}/${container ?? ''}`
  const current = new Set(failures.map(key))
  for (const known of [...since.keys()]) if (!current.has(known)) since.delete(known)
  return failures.filter((failure) => {
    const first = since.get(key(failure)) ?? now
    since.set(key(failure), first)
    return now - first >= failure.afterMs
  })
}

async function unblock(
  api: Api,
  observed: ObservedRelease,
  {
    how,
    removed,
    progress,
  }: { how: Parameters<typeof blockingPods>[1]; removed: Set<string>; progress: WatchOptions['progress'] },
): Promise<void> {
  for (const { metadata } of blockingPods(observed, how)) {
    if (removed.has(metadata.uid ?? '')) continue
    removed.add(metadata.uid ?? '')
    progress(`replacing the failed pod ${metadata.name}, which blocks the rollout of its StatefulSet`)
    await api.delete(`/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`)
  }
}

/** The objects that the watches have reported. */
class Store {
  readonly restartsBefore = new Map<string, number>()
  private readonly wanted: readonly KubeObject[]
  private readonly live = new Map<string, Workload>()
  private readonly pods = new Map<string, PodObject>()
  private readonly replicaSets = new Map<string, OwnedObject>()
  private pending = Number.POSITIVE_INFINITY
  private wake: () => void = () => {}

  constructor(wanted: readonly KubeObject[]) {
    this.wanted = wanted
  }

  /** Every collection was listed at least once. */
  get complete(): boolean {
    return this.pending === 0
  }

  get observed(): ObservedRelease {
    return {
      ...{ wanted: this.wanted, live: this.live },
      ...{ pods: [...this.pods.values()], replicaSets: [...this.replicaSets.values()] },
    }
  }

  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve
    })
  }

  /** Starts all watches; rejects if one fails. */
  async watch(api: Api, signal: AbortSignal): Promise<void> {
    const kinds = new Map(
      this.wanted.map(({ apiVersion = '', kind = '', metadata: { namespace } }) => [
        `${apiVersion} ${kind} ${namespace ?? ''}`,
        { apiVersion, kind, namespace },
      ]),
    )
    const namespaces = new Set(this.wanted.map(({ metadata }) => metadata.namespace ?? 'default'))
    const names = new Set(this.wanted.map(nameOf))
    const follow: {
      path: string
      take: (object: KubeObject) => boolean
      into: Map<string, KubeObject>
      kind: string
    }[] = []
    for (const { apiVersion, kind, namespace } of kinds.values()) {
      const path = await api.collectionOf({ apiVersion, kind }, namespace)
      follow.push({ path, kind, into: this.live as never, take: (object) => names.has(nameOf(object)) })
    }
    for (const namespace of namespaces) {
      const all = () => true
      const pods = `/api/v1/namespaces/${namespace}/pods`
      follow.push({ path: pods, kind: 'Pod', into: this.pods as never, take: all })
      const sets = `/apis/apps/v1/namespaces/${namespace}/replicasets`
      follow.push({ path: sets, kind: 'ReplicaSet', into: this.replicaSets as never, take: all })
    }
    this.pending = follow.length
    await Promise.all(
      follow.map(async ({ path, take, into, kind }) => {
        // Only a list shows that all existing objects are known.
        for (const item of await api.list<KubeObject>(path)) this.put({ ...item, kind }, take, into)
        this.pending -= 1
        this.wake()
        for await (const { type, object } of api.watch<KubeObject>(path, signal)) {
          if (type === 'BOOKMARK') continue
          if (type === 'DELETED') into.delete(nameOf({ ...object, kind }))
          else this.put({ ...object, kind }, take, into)
          this.wake()
        }
      }),
    )
  }

  private put(object: KubeObject, take: (object: KubeObject) => boolean, into: Map<string, KubeObject>): void {
    if (!take(object)) return
    if (object.kind === 'Pod') this.remember(object as PodObject)
    into.set(nameOf(object), object)
  }

  private remember({ metadata: { uid }, status }: PodObject): void {
    for (const { name, restartCount = 0 } of [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
    ]) {
      const key = `${uid}/${name}`
      if (!this.restartsBefore.has(key)) this.restartsBefore.set(key, restartCount)
    }
  }
}
