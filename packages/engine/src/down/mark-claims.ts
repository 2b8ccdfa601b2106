import type { Api } from '@platform/cluster'
import type { Component } from '../component/component.ts'
import { componentLabel, managedBy } from '../component/names.ts'
import { type Claim, claimPath, partOfLabel } from '../plan/claims.ts'

/**
 * Labels the claims that a StatefulSet created, while the release's record still proves it. A later `down --purge` can
 * identify them only by these labels.
 */
export async function markClaims(
  api: Api,
  component: Pick<Component, 'name'>,
  claims: readonly Claim[],
): Promise<void> {
  const labels = { [partOfLabel]: managedBy, [componentLabel]: component.name }
  const unmarked = claims.filter(({ metadata }) => metadata.annotations?.['meta.helm.sh/release-name'] === undefined)
  await Promise.all(unmarked.map(({ metadata }) => api.patch(claimPath(metadata), { metadata: { labels } })))
}
