import { join } from 'node:path'
import type { Settings } from '@platform/core'

/** The kubeconfig that the node writes, for its administrator. */
export function nodeKubeconfig({ clusterDir }: Pick<Settings, 'clusterDir'>): string {
  return join(clusterDir, 'kubeconfig')
}

/** What was there before the first component. It goes with the cluster's state. */
export function inventoryFile({ clusterDir }: Pick<Settings, 'clusterDir'>): string {
  return join(clusterDir, 'inventory.json')
}
