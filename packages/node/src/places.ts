import { join } from 'node:path'
import type { Settings } from '@platform/core'

/** Where the files of one cluster are, all absolute. */
export interface NodePlaces {
  /** What the node is started with. */
  readonly config: string
  /** The administrator's kubeconfig, mode 0600. */
  readonly kubeconfig: string
  /** What outlives the node: etcd, certificates, images, volumes. */
  readonly state: string
  readonly logs: string
  /** What does not: the process's identity, its status. */
  readonly run: string
  readonly identity: string
  readonly status: string
}

/** The places of the cluster CLUSTER_NAME. */
export function nodePlaces({ clusterDir }: Pick<Settings, 'clusterDir'>): NodePlaces {
  const run = join(clusterDir, 'run')
  return {
    config: join(clusterDir, 'node.json'),
    kubeconfig: join(clusterDir, 'kubeconfig'),
    state: join(clusterDir, 'state'),
    logs: join(clusterDir, 'logs'),
    run,
    identity: join(run, 'node.pid'),
    status: join(run, 'status.json'),
  }
}
