import type { Api, KubeObject } from '@platform/cluster'

/** Annotation of a pod: the versions of its mounted ConfigMaps at the last refresh. */
const annotation = 'platform.local/config-versions'

interface Volume {
  readonly configMap?: { readonly name?: string }
  readonly projected?: { readonly sources?: readonly { readonly configMap?: { readonly name?: string } }[] }
}

interface Pod extends KubeObject {
  readonly spec?: { readonly volumes?: readonly Volume[] }
}

interface ConfigMap extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly resourceVersion?: string }
}

/**
 * Makes the kubelet update the mounted ConfigMaps of running pods now. It updates them when it syncs a pod, about once a
 * minute; a changed annotation causes a sync at once. Servers that reload by themselves then do so within seconds.
 */
export async function refreshConfigMaps(api: Api, objects: readonly KubeObject[]): Promise<void> {
  const namespaces = new Set(
    objects.flatMap(({ kind, metadata }) => (kind === 'ConfigMap' && metadata.namespace ? [metadata.namespace] : [])),
  )
  await Promise.all(
    [...namespaces].map(async (namespace) => {
      const core = `/api/v1/namespaces/${namespace}`
      const [maps, pods] = await Promise.all([
        api.list<ConfigMap>(`${core}/configmaps`),
        api.list<Pod>(`${core}/pods`, { fields: 'status.phase=Running' }),
      ])
      const ours = new Set(objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name))
      await Promise.all(
        pods.map(async (pod) => {
          const wanted = versions(pod, maps, ours)
          if (!wanted || pod.metadata.annotations?.[annotation] === wanted) return
          const change = { metadata: { annotations: { [annotation]: wanted } } }
          // The answer is ignored: a pod that is gone was replaced by one with the new files.
          await api.request(`${core}/pods/${pod.metadata.name}`, {
            ...{ method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } },
            body: JSON.stringify(change),
          })
        }),
      )
    }),
  )
}

/** The release's ConfigMaps that a pod mounts, each with its version; undefined: none. */
function versions(pod: Pod, maps: readonly ConfigMap[], ours: ReadonlySet<string>): string | undefined {
  const mounted = (pod.spec?.volumes ?? []).flatMap(({ configMap, projected }) => [
    configMap?.name,
    ...(projected?.sources ?? []).map((source) => source.configMap?.name),
  ])
  const found = maps.filter(({ metadata }) => ours.has(metadata.name) && mounted.includes(metadata.name))
  const lines = found.map(({ metadata }) => `${metadata.name}=${metadata.resourceVersion}`)
  return lines.length ? lines.sort().join(',') : undefined
}
