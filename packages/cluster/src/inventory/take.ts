import { type Api, ApiError, type ApiResource } from '../kubernetes/api.ts'
import type { KubeObject } from '../kubernetes/objects.ts'
import { withQuery } from '../kubernetes/open-api.ts'
import { entryOf, type Inventory, type InventoryEntry, isPassing, type OwnRelease, typeOf } from './inventory.ts'

/** Requests only metadata, so that the data of Secrets is never sent. */
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const pageSize = 500
const parallel = 16

/** Lists all listable resources, each at its group's preferred version. Only reads. */
export async function takeInventory(
  api: Api,
  releases: readonly OwnRelease[],
  { signal, now = new Date() }: { readonly signal?: AbortSignal; readonly now?: Date } = {},
): Promise<Inventory> {
  const resources = (await api.resources()).filter(
    (each) => each.verbs.includes('list') && !each.resource.includes('/') && !isPassing(typeOf(each)),
  )
  const unread: string[] = []
  const read: string[] = []
  const entries: InventoryEntry[] = []
  const queue = [...resources]
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      signal?.throwIfAborted()
      const type = typeOf(next)
      const objects = await listAll(api, next)
      ;(objects ? read : unread).push(type)
      for (const object of objects ?? []) {
        const entry = entryOf(type, object, releases)
        if (entry) entries.push(entry)
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  const key = ({ type, namespace = '', name }: InventoryEntry) => `${type} ${namespace} ${name}`
  entries.sort((a, b) => key(a).localeCompare(key(b), 'en'))
  return { takenAt: now.toISOString(), entries, unread: unread.sort(), read: read.sort() }
}

/** All objects of a kind; undefined if access is denied or its API server does not answer. */
async function listAll(api: Api, { apiVersion, resource }: ApiResource): Promise<KubeObject[] | undefined> {
  const path = `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}/${resource}`
  const all: KubeObject[] = []
  let next: string | undefined
  do {
    const page = withQuery(path, { limit: String(pageSize), continue: next })
    const { status, body } = await api.request(page, { headers: { accept: metadataOnly } })
    if (status === 404 || status === 405) return all
    if (status === 410) return listAll(api, { apiVersion, resource } as ApiResource)
    if (status === 401 || status === 403 || status === 503) return undefined
    if (status !== 200) throw new ApiError(status, '', `GET ${path}: ${status} ${body.slice(0, 300)}`)
    const { items, metadata } = JSON.parse(body) as {
      items: readonly KubeObject[] | null
      metadata?: { continue?: string }
    }
    all.push(...(items ?? []))
    next = metadata?.continue || undefined
  } while (next)
  return all
}
