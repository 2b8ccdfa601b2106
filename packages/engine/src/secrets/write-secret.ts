import type { Api } from '@platform/cluster'
import type { Component } from '../component/component.ts'
import { componentLabel, fieldManager, managedBy, managedByLabel } from '../component/names.ts'
import type { SecretDefinition } from '../component/secret.ts'
import type { DesiredSecret } from './desired-secret.ts'
import { staleAnnotation, writtenAnnotations } from './written-digests.ts'

/**
 * Writes a whole Secret and removes keys that others added. Its annotations record what was written, and the pods that still
 * use an older one.
 */
export async function writeSecret(
  api: Api,
  component: Component,
  { definition, data, stored, stale }: Pick<DesiredSecret, 'definition' | 'data' | 'stored' | 'stale'>,
): Promise<void> {
  const { namespace, release, name: componentName } = component
  const kept = Object.keys(data).filter((key) => isKept(definition, key))
  const annotations = await writtenAnnotations(
    data,
    kept,
    stale.map(({ uid }) => uid),
  )
  const encoded = Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  )
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...{ name: definition.name, namespace },
      labels: {
        'app.kubernetes.io/name': componentName,
        'app.kubernetes.io/instance': release,
        'app.kubernetes.io/part-of': 'observable-platform',
        [managedByLabel]: managedBy,
        [componentLabel]: componentName,
      },
      annotations,
    },
    type: 'Opaque',
    data: encoded,
  }
  await api.apply(object, { manager: fieldManager, force: true })
  // A server-side apply does not remove keys that others added.
  const foreign = Object.keys(stored ?? {}).filter((key) => !(key in data))
  if (foreign.length) {
    const path = `/api/v1/namespaces/${namespace}/secrets/${definition.name}`
    await api.patch(path, { data: Object.fromEntries(foreign.map((key) => [key, null])) })
  }
}

/** Whether edits of this key are detected: not for fixed and derived keys, which are simply overwritten. */
function isKept({ keys }: SecretDefinition, key: string): boolean {
  const source = keys[key]
  return source !== undefined && !('value' in source)
}

/** Removes the note about pods that use an older Secret. */
export async function forgetStale(api: Api, namespace: string, secret: string): Promise<void> {
  const annotations = { [staleAnnotation]: null }
  await api.patch(`/api/v1/namespaces/${namespace}/secrets/${secret}`, { metadata: { annotations } })
}
