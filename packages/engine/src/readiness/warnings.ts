import type { Api, KubeObject, PodObject } from '@platform/cluster'
import { type ObservedRelease, podsOf, type Waiting } from './rollout.ts'
import { nameOf } from './workloads.ts'

/** Event reasons that keep a pod from starting and are in no status: volumes and networks that are not available. */
const told: ReadonlySet<string> = new Set([
  'FailedMount',
  'FailedMapVolume',
  'FailedAttachVolume',
  'ProvisioningFailed',
  'FailedBinding',
  'FailedCreatePodSandBox',
])

/** A shorter wait reads no events. */
const firstMs = 3_000
const everyMs = 5_000
/** Longest text of an event; mount errors list every directory. */
const shown = 300

/** The fields of an event that are used. */
export interface Warning extends KubeObject {
  readonly reason?: string
  readonly message?: string
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly series?: { readonly lastObservedTime?: string } | null
  readonly involvedObject?: {
    readonly kind?: string
    readonly namespace?: string
    readonly name?: string
    readonly uid?: string
  }
}

/** Reads warning events about the awaited objects, in the background and at intervals. */
export class Warnings {
  private known: readonly Warning[] = []
  private asking = false
  private next = firstMs
  private readonly api: Api

  constructor(api: Api) {
    this.api = api
  }

  /** The warnings read so far. `elapsed`: how long the wait lasts, in ms. */
  about(seen: ObservedRelease, elapsed: number): readonly Warning[] {
    if (!this.asking && elapsed >= this.next) void this.ask(seen, elapsed)
    return this.known
  }

  private async ask(seen: ObservedRelease, elapsed: number): Promise<void> {
    this.asking = true
    this.next = elapsed + everyMs
    const namespaces = new Set(seen.wanted.map(({ metadata }) => metadata.namespace ?? 'default'))
    // A claim without a provisioner has a Normal event, not a Warning.
    const found = await Promise.all(
      [...namespaces].flatMap((namespace) =>
        ['type=Warning', 'involvedObject.kind=PersistentVolumeClaim'].map((fields) =>
          // Without permission to read events the wait goes on without them.
          this.api.list<Warning>(`/api/v1/namespaces/${namespace}/events`, { fields }).catch(() => []),
        ),
      ),
    )
    this.known = found.flat()
    this.asking = false
  }
}

/** The awaited objects, each with the newest warning about its pods and their volumes. Pure. */
export function withWarnings(
  waiting: readonly Waiting[],
  seen: ObservedRelease,
  warnings: readonly Warning[],
): readonly Waiting[] {
  if (!warnings.length) return waiting
  return waiting.map((each) => {
    const live = seen.live.get(each.object)
    if (!live) return each
    const pods = podsOf(live, seen)
    const newest = warnings
      .filter((warning) => told.has(warning.reason ?? '') && isAbout(warning, { live, pods }))
      .sort((a, b) => timeOf(b) - timeOf(a))[0]
    return newest ? { ...each, missing: `${each.missing}; ${lineOf(newest)}` } : each
  })
}

function isAbout(
  warning: Warning,
  { live, pods }: { readonly live: KubeObject; readonly pods: readonly PodObject[] },
): boolean {
  const { kind, namespace, name, uid } = warning.involvedObject ?? {}
  if (kind === 'Pod') return pods.some(({ metadata }) => metadata.uid === uid)
  if (kind !== 'PersistentVolumeClaim') return false
  if (live.kind === kind) return live.metadata.uid === uid
  // Events of an earlier claim with the same name do not count.
  return pods.some(
    (pod) =>
      pod.metadata.namespace === namespace &&
      claimsOf(pod).includes(name ?? '') &&
      timeOf(warning) >= Date.parse(pod.metadata.creationTimestamp ?? ''),
  )
}

function claimsOf(pod: PodObject): string[] {
  const { volumes = [] } =
    (pod as { spec?: { volumes?: readonly { persistentVolumeClaim?: { claimName?: string } }[] } }).spec ?? {}
  return volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])
}

function timeOf({ series, lastTimestamp, eventTime, metadata }: Warning): number {
  return Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '') || 0
}

function lineOf({ involvedObject = {}, reason, message = '' }: Warning): string {
  const { kind = '', name = '', namespace } = involvedObject
  const object = kind === 'Pod' ? `pod ${name}` : nameOf({ kind, metadata: { name, namespace } })
  const text = message.trim().replace(/\s+/g, ' ')
  return `${object}: ${reason}: ${text.length > shown ? `${text.slice(0, shown)}…` : text}`
}
