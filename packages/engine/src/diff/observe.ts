import { type Api, ApiError, type Manifest } from '@platform/cluster'
import type { Component } from '../component/component.ts'
import { managedBy, managedByLabel } from '../component/names.ts'
import type { LiveObject, ObservedObject } from '../diff/types.ts'

/** Reads the live object of each manifest, in parallel. */
export function observeObjects(api: Api, namespace: string, objects: readonly Manifest[]): Promise<ObservedObject[]> {
  return Promise.all(
    objects.map(async (wanted) => {
      const path = await pathIn(api, namespace, wanted)
      const live = path === undefined ? undefined : await api.find<LiveObject>(path)
      return { wanted: path?.includes('/namespaces/') ? placed(wanted, namespace) : wanted, path, live }
    }),
  )
}

/** Sets the release's namespace, as Helm does for objects without one. */
function placed(object: Manifest, namespace: string): Manifest {
  const { metadata } = object
  return metadata.namespace ? object : { ...object, metadata: { ...metadata, namespace } }
}

/** The path of an object of a release in this namespace; undefined: the cluster does not serve its kind. */
async function pathIn(api: Api, namespace: string, object: Manifest): Promise<string | undefined> {
  const { apiVersion = '', kind = '', metadata } = object
  try {
    return await api.pathOf({ apiVersion, kind, metadata: { ...metadata, namespace: metadata.namespace ?? namespace } })
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/** Secrets with the component's names that the engine did not write. */
export async function foreignSecrets(api: Api, { namespace, secrets = [] }: Component): Promise<string[]> {
  const found = await Promise.all(
    secrets.map(({ name }) => api.find<Manifest>(`/api/v1/namespaces/${namespace}/secrets/${name}`)),
  )
  return found.flatMap((secret) =>
    secret && secret.metadata.labels?.[managedByLabel] !== managedBy ? [secret.metadata.name] : [],
  )
}

/** Whether Helm's annotations name this release. */
export function isOfRelease(
  live: Manifest,
  { release, namespace }: { readonly release: string; readonly namespace: string },
): boolean {
  const { annotations = {} } = live.metadata
  return (
    annotations['meta.helm.sh/release-name'] === release && annotations['meta.helm.sh/release-namespace'] === namespace
  )
}
