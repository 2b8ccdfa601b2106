import type { Api, Manifest, PodObject } from '@platform/cluster'
import type { Settings } from '@platform/core'
import type { Component } from '../component/component.ts'
import { type DesiredSecret, desiredSecret, type StalePod } from './desired-secret.ts'
import { readWrittenDigests } from './written-digests.ts'

interface SecretObject extends Manifest {
  readonly data?: Readonly<Record<string, string>>
}

/** Reads each Secret of the component and compares it with the desired one. Writes nothing. */
export function readSecrets(api: Api, settings: Settings, component: Component): Promise<DesiredSecret[]> {
  const { namespace, secrets = [] } = component
  return Promise.all(
    secrets.map(async (definition) => {
      const [found, claims] = await Promise.all([
        api.find<SecretObject>(`/api/v1/namespaces/${namespace}/secrets/${definition.name}`),
        claimsThere(api, namespace, definition.opens ?? []),
      ])
      const stored = found && decode(found.data ?? {})
      const { stale: uids, ...marks } = readWrittenDigests(found?.metadata.annotations)
      const stale = uids.length ? await podsUsing(api, namespace, definition.name) : []
      return desiredSecret(definition, {
        ...{ settings, stored, claims, namespace, marks },
        stale: stale.filter(({ uid }) => uids.includes(uid)),
      })
    }),
  )
}

/** Those of these claims that exist and are not terminating. */
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

/** The pods that use a Secret. They keep the values from their start. */
export async function podsUsing(api: Api, namespace: string, secret: string): Promise<StalePod[]> {
  const pods = await api.list<PodObject>(`/api/v1/namespaces/${namespace}/pods`)
  return pods
    .filter((pod) => usesSecret(pod, secret) && !(pod.metadata as { deletionTimestamp?: string }).deletionTimestamp)
    .map(({ metadata: { name, uid = '' } }) => ({ name, uid }))
}

/** Whether a pod uses the Secret in its environment or as a volume. */
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
