import type { Api, KubeObject } from '@platform/cluster'
import type { Component } from '../component/component.ts'
import { componentLabel, managedBy } from '../component/names.ts'

export interface Claim extends KubeObject {
  readonly metadata: KubeObject['metadata'] & {
    readonly deletionTimestamp?: string
    readonly finalizers?: readonly string[]
  }
  readonly spec?: { readonly volumeName?: string }
}

/** What identifies the claims of a release, also after the release is gone. */
export interface ClaimsOf extends Pick<Component, 'name' | 'release' | 'namespace' | 'secrets'> {
  /** Prefixes of the claims that the release's StatefulSets create, while its record is readable. */
  readonly prefixes?: readonly string[]
}

/** The claims in a component's namespace that are its own, or look like it. */
export interface Claims {
  /** Created by its release or one of its StatefulSets. */
  readonly ours: readonly Claim[]
  /** Named like its own, without proof: never deleted. */
  readonly similar: readonly Claim[]
}

/** Label of every part of the platform. Our charts set it; other claims of a release get it at `down`. */
export const partOfLabel = 'app.kubernetes.io/part-of'
const instanceLabel = 'app.kubernetes.io/instance'

/** Finds the claims of a release. */
export async function claimsOf(api: Api, of: ClaimsOf): Promise<Claims> {
  const claims = await api.list<Claim>(`/api/v1/namespaces/${of.namespace}/persistentvolumeclaims`)
  const ours = claims.filter((claim) => belongs(claim, of))
  return { ours, similar: claims.filter((claim) => !ours.includes(claim) && resembles(claim, of)) }
}

/** Whether a claim provably belongs to the release. A name or a common label is no proof. Pure. */
export function belongs(
  { metadata }: Claim,
  { name: component, release, namespace, prefixes = [] }: ClaimsOf,
): boolean {
  const { name, annotations = {}, labels = {} } = metadata
  const helm = annotations['meta.helm.sh/release-name']
  // Two releases of a namespace may have the same labels, but not the same Helm annotation.
  if (helm !== undefined) {
    return helm === release && (annotations['meta.helm.sh/release-namespace'] ?? namespace) === namespace
  }
  if (prefixes.some((prefix) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))) return true
  if (labels[partOfLabel] !== managedBy) return false
  return labels[componentLabel] === component || labels[instanceLabel] === release
}

/** Whether a claim looks like one of the release. Pure. */
function resembles({ metadata: { name, annotations = {}, labels = {} } }: Claim, of: ClaimsOf): boolean {
  if (annotations['meta.helm.sh/release-name'] !== undefined) return false
  const { release, secrets = [] } = of
  if (secrets.some(({ opens }) => opens?.includes(name))) return true
  return labels[instanceLabel] === release || labels.release === release
}

/** The path of a claim in the API. */
export function claimPath({ namespace, name }: KubeObject['metadata']): string {
  return `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`
}

/** `<template>-<StatefulSet>-`: the prefix of a StatefulSet's claims; a number follows. */
export function claimBeginnings(objects: readonly KubeObject[]): string[] {
  return objects
    .filter(({ kind }) => kind === 'StatefulSet')
    .flatMap((object) => {
      const { spec } = object as { spec?: { volumeClaimTemplates?: readonly KubeObject[] } }
      return (spec?.volumeClaimTemplates ?? []).map(({ metadata }) => `${metadata.name}-${object.metadata.name}-`)
    })
}
