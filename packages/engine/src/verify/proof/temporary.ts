import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { type Api, ApiError, type KubeObject, type Manifest } from '@platform/cluster'
import { isAlive, processStart } from '@platform/core'

/** Label of every object that a check creates. */
export const madeByLabel = 'platform.local/made-by'
export const madeBy = 'verify'
/** Label: the component whose check created the object. */
const madeForLabel = 'platform.local/made-for'
/** Annotation: the process that deletes the object. */
const ownerAnnotation = 'platform.local/owner'
/** Annotation: the time from which the object is a leftover, ISO 8601. */
const untilAnnotation = 'platform.local/until'

/** The kinds that a check may create, which are the ones that `sweepLeftovers` lists. */
const kinds: Readonly<Record<string, string>> = {
  ConfigMap: '/api/v1/configmaps',
  Secret: '/api/v1/secrets',
  ServiceAccount: '/api/v1/serviceaccounts',
  Service: '/api/v1/services',
  Pod: '/api/v1/pods',
  Deployment: '/apis/apps/v1/deployments',
  Job: '/apis/batch/v1/jobs',
  Ingress: '/apis/networking.k8s.io/v1/ingresses',
  Node: '/api/v1/nodes',
}
const clusterScoped: ReadonlySet<string> = new Set(['Node'])
const apiVersions: Readonly<Record<string, string>> = {
  Ingress: 'networking.k8s.io/v1',
  Deployment: 'apps/v1',
  Job: 'batch/v1',
}

/** Milliseconds added to the check's timeout, for its cleanup and for clocks that differ. */
const marginMs = 120_000

/** Creates objects and deletes them. */
export interface TemporaryObjects {
  create(objects: readonly Manifest[]): Promise<readonly Manifest[]>
  /** Deletes all objects. What is created afterwards is deleted at once. */
  remove(): Promise<void>
}

/** Temporary objects of a check of this component. */
export function temporaryObjects(
  api: Api,
  {
    component,
    timeoutMs,
  }: { readonly component: { readonly name: string; readonly namespace: string }; readonly timeoutMs: number },
): TemporaryObjects {
  const existing: Manifest[] = []
  let removed: Promise<void> | undefined
  const removeAll = async () => {
    const left = existing.splice(0).reverse()
    const results = await Promise.allSettled(left.map(async (each) => api.delete(await api.pathOf(referenceOf(each)))))
    const failed = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    if (failed.length) throw failed[0]
  }
  return {
    async create(objects) {
      const until = new Date(Date.now() + timeoutMs + marginMs).toISOString()
      const results: Manifest[] = []
      for (const object of objects) {
        if (!(object.kind && object.kind in kinds)) {
          throw new Error(
            `a check may create ${Object.keys(kinds).join(', ')}, not ${object.kind}, which is not cleaned up`,
          )
        }
        // In sequence, because later objects may need earlier ones.
        const created = await api.create(labelled(object, component, until))
        existing.push({ ...created, kind: object.kind, apiVersion: object.apiVersion })
        results.push(created)
      }
      if (removed) {
        await removeAll()
        throw new Error('the check has ended')
      }
      return results
    },
    remove() {
      removed ??= removeAll()
      return removed
    },
  }
}

function labelled(
  object: Manifest,
  component: { readonly name: string; readonly namespace: string },
  until: string,
): Manifest {
  const { metadata } = object
  return {
    ...object,
    metadata: {
      ...(!clusterScoped.has(object.kind ?? '') && { namespace: component.namespace }),
      ...metadata,
      labels: { ...metadata.labels, [madeByLabel]: madeBy, [madeForLabel]: component.name },
      annotations: { ...metadata.annotations, [untilAnnotation]: until, [ownerAnnotation]: ownerName(process.pid) },
    },
  }
}

/** Identifies this process across machines. */
function ownerName(pid: number): string {
  return `${machineName()}/${pid}/${processStart(pid) ?? ''}`
}

function machineName(): string {
  try {
    return `${hostname()}:${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

/** Whether an object expired, or its process on this machine ended. Pure except for reading the process. */
export function isLeftover({ metadata }: KubeObject, now: number, alive = isAlive): boolean {
  const { [ownerAnnotation]: owner = '', [untilAnnotation]: until } = metadata.annotations ?? {}
  if (!until || Date.parse(until) < now) return true
  const [, where, pid, start] = /^(.*)\/(\d+)\/(.*)$/.exec(owner) ?? []
  return where === machineName() && !alive(Number(pid), start || undefined)
}

/** Deletes the objects that killed checks of this component left behind. Returns their names. */
export async function sweepLeftovers(api: Api, component: string): Promise<string[]> {
  const labels = `${madeByLabel}=${madeBy},${madeForLabel}=${component}`
  const lists = await Promise.all(
    Object.entries(kinds).map(async ([kind, path]) => {
      const objects = await listOrEmpty(api, path, labels)
      return objects.filter((object) => isLeftover(object, Date.now())).map((object) => ({ ...object, kind }))
    }),
  )
  return Promise.all(
    lists.flat().map(async ({ kind, metadata }) => {
      await api.delete(await api.pathOf({ apiVersion: apiVersions[kind] ?? 'v1', kind, metadata }))
      return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`
    }),
  )
}

/** Forbidden or unknown kinds are empty: a user who cannot list them could not create them. */
async function listOrEmpty(api: Api, path: string, labels: string): Promise<readonly KubeObject[]> {
  try {
    return await api.list(path, { labels })
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return []
    throw error
  }
}

function referenceOf({ apiVersion = '', kind = '', metadata }: Manifest) {
  return { apiVersion, kind, metadata }
}
