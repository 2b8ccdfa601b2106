import type { Api, Manifest, PodObject } from '@platform/cluster'
import type { Settings } from '@platform/core'
import type { Component } from '../component.ts'
import { componentLabel, fieldManager, managedBy, managedByLabel } from '../names.ts'
import type { SecretDefinition } from '../secret.ts'
import { marksOf, readMarks, staleAnnotation } from './secret-marks.ts'
import { type StalePod, type WantedSecret, wantedSecret } from './wanted-secret.ts'

interface SecretObject extends Manifest {
  readonly data?: Readonly<Record<string, string>>
}

/** Reads what is stored and what is wanted, of every Secret of the component. Writes nothing. */
export function readSecrets(api: Api, settings: Settings, component: Component): Promise<WantedSecret[]> {
  const { namespace, secrets = [] } = component
  return Promise.all(
    secrets.map(async (definition) => {
      const [found, claims] = await Promise.all([
        api.find<SecretObject>(`/api/v1/namespaces/${namespace}/secrets/${definition.name}`),
        claimsThere(api, namespace, definition.opens ?? []),
      ])
      const stored = found && decode(found.data ?? {})
      const { stale: uids, ...marks } = readMarks(found?.metadata.annotations)
      const stale = uids.length ? await podsUsing(api, namespace, definition.name) : []
      return wantedSecret(definition, {
        ...{ settings, stored, claims, namespace, marks },
        stale: stale.filter(({ uid }) => uids.includes(uid)),
      })
    }),
  )
}

/** Those of these claims that are there and not about to go. */
export async function claimsThere(api: Api, namespace: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`
      const claim = await api.find<{ metadata: { deletionTimestamp?: string } }>(path)
      return claim && !claim.metadata.deletionTimestamp ? [name] : []
    }),
  )
  return found.flat()
}

/**
 * Writes one Secret as a whole: fields that somebody else put there go. With it goes what a later run must know: what was
 * written, and the pods that still have an older one.
 */
export async function writeSecret(
  api: Api,
  component: Component,
  { definition, data, stored, stale }: Pick<WantedSecret, 'definition' | 'data' | 'stored' | 'stale'>,
): Promise<void> {
  const { namespace, release, name: componentName } = component
  const kept = Object.keys(data).filter((key) => isKept(definition, key))
  const annotations = await marksOf(
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
  // What somebody else added is not taken back by an apply.
  const foreign = Object.keys(stored ?? {}).filter((key) => !(key in data))
  if (foreign.length) {
    const path = `/api/v1/namespaces/${namespace}/secrets/${definition.name}`
    await api.patch(path, { data: Object.fromEntries(foreign.map((key) => [key, null])) })
  }
}

/** A text that was chosen or made: what is fixed or follows from others is put right without knowing what it was. */
function isKept({ keys }: SecretDefinition, key: string): boolean {
  const source = keys[key]
  return source !== undefined && !('value' in source)
}

/** The pods that have the old Secret are others now. */
export async function forgetStale(api: Api, namespace: string, secret: string): Promise<void> {
  const annotations = { [staleAnnotation]: null }
  await api.patch(`/api/v1/namespaces/${namespace}/secrets/${secret}`, { metadata: { annotations } })
}

/** The pods that were started with a Secret: they keep what it was then. */
export async function podsUsing(api: Api, namespace: string, secret: string): Promise<StalePod[]> {
  const pods = await api.list<PodObject>(`/api/v1/namespaces/${namespace}/pods`)
  return pods
    .filter((pod) => usesSecret(pod, secret) && !(pod.metadata as { deletionTimestamp?: string }).deletionTimestamp)
    .map(({ metadata: { name, uid = '' } }) => ({ name, uid }))
}

/** A pod's spec names the Secret: as environment or as a volume. */
export function usesSecret(pod: PodObject, secret: string): boolean {
  const { spec } = pod as { spec?: unknown }
  return names(spec, secret)
}

function names(node: unknown, secret: string): boolean {
  if (Array.isArray(node)) return node.some((each) => names(each, secret))
  if (typeof node !== 'object' || node === null) return false
  return Object.entries(node as Record<string, unknown>).some(([key, value]) => {
    if (key === 'secretName' && value === secret) return true
    const reference = key === 'secretKeyRef' || key === 'secretRef' || key === 'secret'
    if (reference && (value as { name?: unknown } | null)?.name === secret) return true
    return names(value, secret)
  })
}

function decode(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]))
}
