import { createHash } from 'node:crypto'
import type { Settings } from '@platform/core'

type Cluster = Pick<Settings, 'clusterDir'>

/** Eight hex digits that belong to this cluster of this checkout alone. */
export function clusterId({ clusterDir }: Cluster): string {
  return createHash('sha256').update(clusterDir).digest('hex').slice(0, 8)
}

/** The host's end of the link between host and node. */
export function linkName(cluster: Cluster): string {
  return `node-${clusterId(cluster)}`
}

/** The cgroup that holds all of a node, below the root of each hierarchy. */
export function cgroupRoot(cluster: Cluster): string {
  return `/observable-${clusterId(cluster)}`
}
