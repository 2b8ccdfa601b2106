import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { type Api, ApiError, type KubeObject, type Manifest } from '@platform/cluster'
import { isAlive, processStart } from '@platform/core'

/** Label of everything that a check makes. */
export const madeByLabel = 'platform.local/made-by'
export const madeBy = 'verify'
/** Label: the component whose check made it. */
const madeForLabel = 'platform.local/made-for'
/** Annotation: the process that takes it away again. */
const ownerAnnotation = 'platform.local/owner'
/** Annotation: from when on nobody needs it any more, ISO 8601. */
const untilAnnotation = 'platform.local/until'

/** What a check may make: what is looked for when leftovers are swept. */
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
/** Those that are in no namespace. */
const clusterWide: ReadonlySet<string> = new Set(['Node'])
const single: Readonly<Record<string, string>> = {
  Ingress: 'networking.k8s.io/v1',
  Deployment: 'apps/v1',
  Job: 'batch/v1',
}

/** Beyond the length of the check, in ms: clocks differ, and it takes its things away after that. */
const marginMs = 120_000

/** Makes objects, and takes them away again. */
export interface TemporaryObjects {
  make(objects: readonly Manifest[]): Promise<readonly Manifest[]>
  /** Takes all away; what is made after this is taken away at once. */
  remove(): Promise<void>
}

/** Objects for the length of a check of this component, which may take so long. */
export function temporaryObjects(
  api: Api,
  {
    component,
    limitMs,
  }: { readonly component: { readonly name: string; readonly namespace: string }; readonly limitMs: number },
): TemporaryObjects {
  const made: Manifest[] = []
  let removed: Promise<void> | undefined
  const removeAll = async () => {
    const left = made.splice(0).reverse()
    const results = await Promise.allSettled(left.map(async (each) => api.delete(await api.pathOf(referenceOf(each)))))
    const failed = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    if (failed.length) throw failed[0]
  }
  return {
    async make(objects) {
      const until = new Date(Date.now() + limitMs + marginMs).toISOString()
      const results: Manifest[] = []
      for (const object of objects) {
        if (!(object.kind && object.kind in kinds)) {
          throw new Error(
            `a check may make ${Object.keys(kinds).join(', ')}, not ${object.kind}: it would not be swept`,
          )
        }
        // One after the other: what comes later may need what comes before.
        const created = await api.create(marked(object, component, until))
        made.push({ ...created, kind: object.kind, apiVersion: object.apiVersion })
        results.push(created)
      }
      if (removed) {
        await removeAll()
        throw new Error('the time of the check is over')
      }
      return results
    },
    remove() {
      removed ??= removeAll()
      return removed
    },
  }
}

function marked(
  object: Manifest,
  component: { readonly name: string; readonly namespace: string },
  until: string,
): Manifest {
  const { metadata } = object
  return {
    ...object,
    metadata: {
      ...(!clusterWide.has(object.kind ?? '') && { namespace: component.namespace }),
      ...metadata,
      labels: { ...metadata.labels, [madeByLabel]: madeBy, [madeForLabel]: component.name },
      annotations: { ...metadata.annotations, [untilAnnotation]: until, [ownerAnnotation]: ownerName(process.pid) },
    },
  }
}

/** This process, for whoever looks at it later, on this machine or another. */
function ownerName(pid: number): string {
  return `${place()}/${pid}/${processStart(pid) ?? ''}`
}

function place(): string {
  try {
    return `${hostname()}:${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

/** Nobody takes it away any more: its process, of this machine, is gone, or its time is over. Pure but for the process. */
export function isLeftover({ metadata }: KubeObject, now: number, alive = isAlive): boolean {
  const { [ownerAnnotation]: owner = '', [untilAnnotation]: until } = metadata.annotations ?? {}
  if (!until || Date.parse(until) < now) return true
  const [, where, pid, start] = /^(.*)\/(\d+)\/(.*)$/.exec(owner) ?? []
  return where === place() && !alive(Number(pid), start || undefined)
}

/** Takes away what the checks of this component left when they were killed. Returns the names. */
export async function sweepLeftovers(api: Api, component: string): Promise<string[]> {
  const labels = `${madeByLabel}=${madeBy},${madeForLabel}=${component}`
  const lists = await Promise.all(
    Object.entries(kinds).map(async ([kind, path]) => {
      const objects = await listed(api, path, labels)
      return objects.filter((object) => isLeftover(object, Date.now())).map((object) => ({ ...object, kind }))
    }),
  )
  return Promise.all(
    lists.flat().map(async ({ kind, metadata }) => {
      await api.delete(await api.pathOf({ apiVersion: single[kind] ?? 'v1', kind, metadata }))
      return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`
    }),
  )
}

/** What may not be listed was not made either. */
async function listed(api: Api, path: string, labels: string): Promise<readonly KubeObject[]> {
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
