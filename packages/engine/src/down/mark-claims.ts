import type { Api } from '@platform/cluster'
import type { Component } from '../component/component.ts'
import { componentLabel, managedBy } from '../component/names.ts'
import { type Claim, claimPath, partOfLabel } from '../plan/claims.ts'

/**
 * Marks the claims that a StatefulSet made, as long as the release's record tells that it did: a `down --purge` that
 * comes after this `down` has nothing else to know them by.
 */
export async function markClaims(
  api: Api,
  component: Pick<Component, 'name'>,
  claims: readonly Claim[],
): Promise<void> {
  const labels = { [partOfLabel]: managedBy, [componentLabel]: component.name }
  const bare = claims.filter(({ metadata }) => metadata.annotations?.['meta.helm.sh/release-name'] === undefined)
  await Promise.all(bare.map(({ metadata }) => api.patch(claimPath(metadata), { metadata: { labels } })))
}
