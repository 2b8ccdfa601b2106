import type { Manifest } from '@platform/cluster'
import type { Component, ProofContext } from '@platform/engine'

type Of = Pick<Component, 'release' | 'namespace'>

/** The objects of a component's release as they were rendered when it was deployed. None: it is not. */
export async function renderedObjects({ api, settings }: ProofContext, of: Of): Promise<readonly Manifest[]> {
  const { manifestObjects, readHistory, readRecord } = await import('@platform/engine/live')
  const { deployed } = await readHistory(api, of)
  const record = deployed && (await readRecord(api, of.namespace, deployed))
  return record ? manifestObjects(settings, record) : []
}
