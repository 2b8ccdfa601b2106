import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, ApiError, type KubeObject } from '@platform/cluster'
import { PlatformError } from '@platform/core'
import { managedBy } from '../component/names.ts'
import { partOfLabel } from '../plan/claims.ts'
import { nameOf } from '../readiness/workloads.ts'

/** Objects that are deleted may take this long: a pod's own grace, and what its finalizers need. */
const limitMs = 120_000
const everyMs = 250
const sayMs = 4_000

interface Living extends KubeObject {
  readonly metadata: KubeObject['metadata'] & {
    readonly finalizers?: readonly string[]
    readonly ownerReferences?: readonly { readonly uid: string }[]
  }
}

/** What must be gone before a release is: its objects, and what controllers made for them. */
export interface Going {
  readonly namespace: string
  /** As they were rendered, without those that are kept. */
  readonly objects: readonly KubeObject[]
  readonly release: string
}

/**
 * Waits until objects are gone for good, with their pods, ReplicaSets and EndpointSlices: what is made next must not meet
 * them.
 *
 * @throws PlatformError CLUSTER_NOT_REMOVED that names what holds them
 */
export async function waitUntilGone(
  what: () => Promise<readonly Living[]>,
  { signal, progress, hint }: { signal: AbortSignal; progress: (message: string) => void; hint: string },
): Promise<void> {
  const started = performance.now()
  let saidAt = Number.NEGATIVE_INFINITY
  let said = ''
  for (;;) {
    signal.throwIfAborted()
    const left = await what()
    if (!left.length) return
    const ms = performance.now() - started
    const names = left.map(describe)
    if (ms > limitMs) {
      throw new PlatformError(
        'CLUSTER_NOT_REMOVED',
        `still there ${limitMs / 1000} s after it was deleted: ${names.join(', ')}`,
        { hint },
      )
    }
    const message = `waiting for ${shorten(names)} to be gone`
    if (ms > 1_000 && (message !== said || ms - saidAt > sayMs)) {
      progress(message)
      said = message
      saidAt = ms
    }
    await sleep(everyMs, undefined, { signal })
  }
}

/** What is left of a release. */
export function leftOf(api: Api, { namespace, objects, release }: Going): () => Promise<readonly Living[]> {
  let waiting = [...objects]
  const selectors = objects.flatMap((object) => {
    const { spec } = object as { spec?: { selector?: { matchLabels?: Record<string, string> } } }
    const labels = Object.entries(spec?.selector?.matchLabels ?? {}).map(([name, value]) => `${name}=${value}`)
    return labels.length ? [{ in: object.metadata.namespace ?? namespace, labels: labels.join(',') }] : []
  })
  const services = objects.filter(({ kind }) => kind === 'Service')
  return async () => {
    const found = await Promise.all(waiting.map(async (object) => ((await isThere(api, object)) ? object : undefined)))
    waiting = found.filter((object): object is KubeObject => object !== undefined)
    if (waiting.length) return waiting
    const made = await Promise.all([
      ...selectors.flatMap((selector) =>
        owned.map(([kind, path]) => list(api, kind, path.replace('NS', selector.in), selector.labels)),
      ),
      ...services.map((service) =>
        list(
          api,
          'EndpointSlice',
          `/apis/discovery.k8s.io/v1/namespaces/${service.metadata.namespace ?? namespace}/endpointslices`,
          `kubernetes.io/service-name=${service.metadata.name}`,
        ),
      ),
      // With the platform's own mark: the label of an instance is anybody's to set.
      list(
        api,
        'Pod',
        `/api/v1/namespaces/${namespace}/pods`,
        `app.kubernetes.io/instance=${release},${partOfLabel}=${managedBy}`,
      ),
    ])
    return [...new Map(made.flat().map((object) => [nameOf(object), object])).values()]
  }
}

const owned = [
  ['Pod', '/api/v1/namespaces/NS/pods'],
  ['ReplicaSet', '/apis/apps/v1/namespaces/NS/replicasets'],
  ['ControllerRevision', '/apis/apps/v1/namespaces/NS/controllerrevisions'],
] as const

async function list(api: Api, kind: string, path: string, labels: string): Promise<Living[]> {
  try {
    const items = await api.list<Living>(path, { labels })
    return items.map((item) => ({ ...item, kind }))
  } catch (error) {
    // What may not be read can't be waited for; on a cluster that is not ours some kinds may be closed.
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return []
    throw error
  }
}

async function isThere(api: Api, { apiVersion = '', kind = '', metadata }: KubeObject): Promise<boolean> {
  try {
    return (await api.find(await api.pathOf({ apiVersion, kind, metadata }))) !== undefined
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false
    throw error
  }
}

function describe(object: Living): string {
  const { finalizers } = object.metadata
  return `${nameOf(object)}${finalizers?.length ? ` (held by ${finalizers.join(', ')})` : ''}`
}

function shorten(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ')
}
