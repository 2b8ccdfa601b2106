import { type Api, ApiError, type ApiResource, type KubeObject } from '@platform/cluster'
import { managedBy, managedByLabel } from '../component/names.ts'
import { nameOf } from '../readiness/workloads.ts'

/** What every namespace has of itself, and what comes and goes without anybody's doing. */
const nobodys: Readonly<Record<string, RegExp>> = {
  ConfigMap: /^kube-root-ca\.crt$/,
  ServiceAccount: /^default$/,
  Event: /./,
  PodMetrics: /./,
}
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

/** The namespace, when we made it. */
export async function ourNamespace(api: Api, name: string): Promise<KubeObject | undefined> {
  const found = await api.find<KubeObject>(`/api/v1/namespaces/${name}`)
  return found?.metadata.labels?.[managedByLabel] === managedBy ? found : undefined
}

/** Everything that is somebody's in a namespace: it must be empty of that before it may go. */
export async function contentsOf(api: Api, namespace: string): Promise<string[]> {
  const resources = (await api.resources()).filter(
    ({ namespaced, verbs, resource }) => namespaced && verbs.includes('list') && !resource.includes('/'),
  )
  const found = await Promise.all(resources.map((resource) => list(api, resource, namespace)))
  return found.flat()
}

async function list(api: Api, { apiVersion, kind, resource }: ApiResource, namespace: string): Promise<string[]> {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const path = `${base}/namespaces/${namespace}/${resource}`
  const { status, body } = await api.request(path, { headers: { accept: metadataOnly } })
  // A kind whose own server is away, or one that may not be read: nothing is known, so the namespace must stay.
  if (status === 404 || status === 405) return []
  if (status !== 200) throw new ApiError(status, '', `${path}: ${body.slice(0, 200)}`)
  // Go writes an empty list as null here and there.
  const { items } = JSON.parse(body) as { items: readonly KubeObject[] | null }
  return (items ?? []).flatMap(({ metadata }) => {
    if (nobodys[kind]?.test(metadata.name)) return []
    return [nameOf({ kind, metadata })]
  })
}
