import { join } from 'node:path'
import type { Settings } from '@platform/core'

/** The admin kubeconfig that the node writes. */
export function nodeKubeconfig({ clusterDir }: Pick<Settings, 'clusterDir'>): string {
  return join(clusterDir, 'kubeconfig')
}

/** The inventory file. It is deleted with the cluster's state. */
export function inventoryFile({ clusterDir }: Pick<Settings, 'clusterDir'>): string {
  return join(clusterDir, 'inventory.json')
}
