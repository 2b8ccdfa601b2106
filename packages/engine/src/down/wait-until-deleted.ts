import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, ApiError, type KubeObject } from '@platform/cluster'
import { PlatformError } from '@platform/core'
import { managedBy } from '../component/names.ts'
import { partOfLabel } from '../plan/claims.ts'
import { nameOf } from '../readiness/workloads.ts'

/** Timeout of a deletion: a pod's grace period and its finalizers take time. */
const timeoutMs = 120_000
const everyMs = 250
const heartbeatMs = 4_000

interface LiveObject extends KubeObject {
  readonly metadata: KubeObject['metadata'] & {
    readonly finalizers?: readonly string[]
    readonly ownerReferences?: readonly { readonly uid: string }[]
  }
}

/** A release that is removed. Its objects and those that controllers created for them must be deleted. */
export interface ReleaseRemoval {
  readonly namespace: string
  /** As rendered, without those that Helm keeps. */
  readonly objects: readonly KubeObject[]
  readonly release: string
}

/**
 * Waits until all objects are deleted, including pods, ReplicaSets and EndpointSlices, so that a later `up` does not
 * conflict with them.
 *
 * @throws PlatformError CLUSTER_NOT_REMOVED with the remaining objects and their finalizers
 */
export async function waitUntilDeleted(
  list: () => Promise<readonly LiveObject[]>,
  { signal, progress, hint }: { signal: AbortSignal; progress: (message: string) => void; hint: string },
): Promise<void> {
  const started = performance.now()
  let reportedAt = Number.NEGATIVE_INFINITY
  let reported = ''
  for (;;) {
    signal.throwIfAborted()
    const left = await list()
    if (!left.length) return
    const ms = performance.now() - started
    const names = left.map(describe)
    if (ms > timeoutMs) {
      throw new PlatformError('CLUSTER_NOT_REMOVED', `not deleted within ${timeoutMs / 1000} s: ${names.join(', ')}`, {
        hint,
      })
    }
    const message = `waiting for the deletion of ${shorten(names)}`
    if (ms > 1_000 && (message !== reported || ms - reportedAt > heartbeatMs)) {
      progress(message)
      reported = message
      reportedAt = ms
    }
    await sleep(everyMs, undefined, { signal })
  }
}

/** Lists the remaining objects of a release. */
export function remainingOf(
  api: Api,
  { namespace, objects, release }: ReleaseRemoval,
): () => Promise<readonly LiveObject[]> {
  let remaining = [...objects]
  const selectors = objects.flatMap((object) => {
    const { spec } = object as { spec?: { selector?: { matchLabels?: Record<string, string> } } }
    const labels = Object.entries(spec?.selector?.matchLabels ?? {}).map(([name, value]) => `${name}=${value}`)
    return labels.length ? [{ in: object.metadata.namespace ?? namespace, labels: labels.join(',') }] : []
  })
  const services = objects.filter(({ kind }) => kind === 'Service')
  return async () => {
    const found = await Promise.all(remaining.map(async (object) => ((await exists(api, object)) ? object : undefined)))
    remaining = found.filter((object): object is KubeObject => object !== undefined)
    if (remaining.length) return remaining
    const dependents = await Promise.all([
      ...selectors.flatMap((selector) =>
        owned.map(([kind, path]) => listLabelled(api, kind, path.replace('NS', selector.in), selector.labels)),
      ),
      ...services.map((service) =>
        listLabelled(
          api,
          'EndpointSlice',
          `/apis/discovery.k8s.io/v1/namespaces/${service.metadata.namespace ?? namespace}/endpointslices`,
          `kubernetes.io/service-name=${service.metadata.name}`,
        ),
      ),
      // Also selected by the platform's own label, because anybody may set an instance label.
      listLabelled(
        api,
        'Pod',
        `/api/v1/namespaces/${namespace}/pods`,
        `app.kubernetes.io/instance=${release},${partOfLabel}=${managedBy}`,
      ),
    ])
    return [...new Map(dependents.flat().map((object) => [nameOf(object), object])).values()]
  }
}

const owned = [
  ['Pod', '/api/v1/namespaces/NS/pods'],
  ['ReplicaSet', '/apis/apps/v1/namespaces/NS/replicasets'],
  ['ControllerRevision', '/apis/apps/v1/namespaces/NS/controllerrevisions'],
] as const

async function listLabelled(api: Api, kind: string, path: string, labels: string): Promise<LiveObject[]> {
  try {
    const items = await api.list<LiveObject>(path, { labels })
    return items.map((item) => ({ ...item, kind }))
  } catch (error) {
    // On a cluster with restricted permissions some kinds cannot be listed and are not waited for.
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return []
    throw error
  }
}

async function exists(api: Api, { apiVersion = '', kind = '', metadata }: KubeObject): Promise<boolean> {
  try {
    return (await api.find(await api.pathOf({ apiVersion, kind, metadata }))) !== undefined
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false
    throw error
  }
}

function describe(object: LiveObject): string {
  const { finalizers } = object.metadata
  return `${nameOf(object)}${finalizers?.length ? ` (held by ${finalizers.join(', ')})` : ''}`
}

function shorten(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ')
}
