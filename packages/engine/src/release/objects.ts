import type { Api, KubeObject } from '@platform/cluster'
import { parseManifest } from './manifest.ts'

/** The objects of a manifest that are waited for or looked for, each with the namespace that it lands in. */
export async function releaseObjects(api: Api, manifest: string, namespace: string): Promise<KubeObject[]> {
  const resources = await api.resources()
  return parseManifest(manifest).flatMap((object) => {
    if (!object.metadata?.name) return []
    const { kind, apiVersion, metadata } = object
    const served = resources.find((each) => each.kind === kind && groupOf(each.apiVersion) === groupOf(apiVersion))
    const namespaced = served?.namespaced ?? true
    return [
      { ...object, metadata: { ...metadata, namespace: namespaced ? (metadata.namespace ?? namespace) : undefined } },
    ]
  })
}

function groupOf(apiVersion = ''): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
}
