import { type Api, ApiError, type ApiResource, type KubeObject } from '@platform/cluster'
import { managedBy, managedByLabel } from '../component/names.ts'
import { nameOf } from '../readiness/workloads.ts'

/** Objects that every namespace has, or that appear by themselves. */
const automatic: Readonly<Record<string, RegExp>> = {
  ConfigMap: /^kube-root-ca\.crt$/,
  ServiceAccount: /^default$/,
  Event: /./,
  PodMetrics: /./,
}
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

/** The namespace, if the platform created it. */
export async function ourNamespace(api: Api, name: string): Promise<KubeObject | undefined> {
  const found = await api.find<KubeObject>(`/api/v1/namespaces/${name}`)
  return found?.metadata.labels?.[managedByLabel] === managedBy ? found : undefined
}

/** Everything in a namespace except automatic objects. It must be empty before it is deleted. */
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
  // If a kind is unreachable or unreadable, the namespace is kept.
  if (status === 404 || status === 405) return []
  if (status !== 200) throw new ApiError(status, '', `${path}: ${body.slice(0, 200)}`)
  // Go may encode an empty list as null.
  const { items } = JSON.parse(body) as { items: readonly KubeObject[] | null }
  return (items ?? []).flatMap(({ metadata }) => {
    if (automatic[kind]?.test(metadata.name)) return []
    return [nameOf({ kind, metadata })]
  })
}
