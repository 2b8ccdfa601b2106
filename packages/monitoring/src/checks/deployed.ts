import type { Manifest } from '@platform/cluster'
import type { Component, ProofContext } from '@platform/engine'

type ReleaseId = Pick<Component, 'release' | 'namespace'>

/** The rendered objects of a component's deployed release. Empty if it is not deployed. */
export async function renderedObjects(
  { api, settings }: ProofContext,
  release: ReleaseId,
): Promise<readonly Manifest[]> {
  const { manifestObjects, readHistory, readRecord } = await import('@platform/engine/live')
  const { deployed } = await readHistory(api, release)
  const record = deployed && (await readRecord(api, release.namespace, deployed))
  return record ? manifestObjects(settings, record) : []
}
