import type { Api, KubeObject } from '@platform/cluster'
import type { Component } from '../component.ts'

export interface Claim extends KubeObject {
  readonly metadata: KubeObject['metadata'] & {
    readonly deletionTimestamp?: string
    readonly finalizers?: readonly string[]
  }
  readonly spec?: { readonly volumeName?: string }
}

/** What tells that a claim belongs to a release, also when the release itself has gone. */
export interface ClaimsOf extends Pick<Component, 'release' | 'namespace' | 'secrets'> {
  /** Names that the release's manifest has, and beginnings of those that its StatefulSets make. */
  readonly named?: readonly string[]
  readonly begins?: readonly string[]
}

/** The volumes of a release, whoever made their claims: Helm, or a StatefulSet. */
export async function claimsOf(api: Api, of: ClaimsOf): Promise<Claim[]> {
  const claims = await api.list<Claim>(`/api/v1/namespaces/${of.namespace}/persistentvolumeclaims`)
  return claims.filter((claim) => belongs(claim, of))
}

/** Pure. */
export function belongs(
  { metadata }: Claim,
  { release, namespace, secrets = [], named = [], begins = [] }: ClaimsOf,
): boolean {
  const { name, annotations = {}, labels = {} } = metadata
  const helm = annotations['meta.helm.sh/release-name']
  // Two releases of a namespace may have labels alike; Helm's own annotation is never the other's.
  if (helm !== undefined) {
    return helm === release && (annotations['meta.helm.sh/release-namespace'] ?? namespace) === namespace
  }
  if (named.includes(name) || secrets.some(({ opens }) => opens?.includes(name))) return true
  if (begins.some((begin) => name.startsWith(begin) && /^\d+$/.test(name.slice(begin.length)))) return true
  return labels['app.kubernetes.io/instance'] === release || labels.release === release
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
