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

/** What tells that a claim belongs to a release, also when the release itself has gone. */
export interface ClaimsOf extends Pick<Component, 'name' | 'release' | 'namespace' | 'secrets'> {
  /** Beginnings of the names that the StatefulSets of a release of ours make, while its record can be read. */
  readonly begins?: readonly string[]
}

/** The volumes of a component's namespace, as far as they have to do with it. */
export interface Claims {
  /** Its own, whoever made their claims: Helm, or a StatefulSet. */
  readonly ours: readonly Claim[]
  /** Those that are called like its own, and that nothing shows to be: never deleted. */
  readonly alike: readonly Claim[]
}

/** The label of what is a part of the platform. Our charts set it; claims of another's StatefulSet get it at `down`. */
export const partOfLabel = 'app.kubernetes.io/part-of'
const instanceLabel = 'app.kubernetes.io/instance'

/** Looks for the volumes of a release. */
export async function claimsOf(api: Api, of: ClaimsOf): Promise<Claims> {
  const claims = await api.list<Claim>(`/api/v1/namespaces/${of.namespace}/persistentvolumeclaims`)
  const ours = claims.filter((claim) => belongs(claim, of))
  return { ours, alike: claims.filter((claim) => !ours.includes(claim) && resembles(claim, of)) }
}

/** Whether a mark shows that a claim is of our release; a name or a label that anybody may use shows nothing. Pure. */
export function belongs({ metadata }: Claim, { name: component, release, namespace, begins = [] }: ClaimsOf): boolean {
  const { name, annotations = {}, labels = {} } = metadata
  const helm = annotations['meta.helm.sh/release-name']
  // Two releases of a namespace may have labels alike; Helm's own annotation is never the other's.
  if (helm !== undefined) {
    return helm === release && (annotations['meta.helm.sh/release-namespace'] ?? namespace) === namespace
  }
  if (begins.some((begin) => name.startsWith(begin) && /^\d+$/.test(name.slice(begin.length)))) return true
  if (labels[partOfLabel] !== managedBy) return false
  return labels[componentLabel] === component || labels[instanceLabel] === release
}

/** What a person would take for a claim of the release. Pure. */
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

/** `<template>-<StatefulSet>-`: what the claims of a StatefulSet begin with; a number follows. */
export function claimBeginnings(objects: readonly KubeObject[]): string[] {
  return objects
    .filter(({ kind }) => kind === 'StatefulSet')
    .flatMap((object) => {
      const { spec } = object as { spec?: { volumeClaimTemplates?: readonly KubeObject[] } }
      return (spec?.volumeClaimTemplates ?? []).map(({ metadata }) => `${metadata.name}-${object.metadata.name}-`)
    })
}
