import { join } from 'node:path'
import type { Settings } from '@platform/core'
import { createKubectl, type Kubectl } from '../kubernetes/kubectl.ts'
import type { TargetDependencies } from '../target.ts'

/** The kubeconfig that the node writes, for its administrator. */
export function nodeKubeconfig({ clusterDir }: Settings): string {
  return join(clusterDir, 'kubeconfig')
}

/** What was there before the first component. It goes with the cluster's state. */
export function inventoryFile({ clusterDir }: Pick<Settings, 'clusterDir'>): string {
  return join(clusterDir, 'inventory.json')
}

/** kubectl on the embedded cluster. */
export function clusterKubectl(settings: Settings, bin: string, { runner, signal }: TargetDependencies): Kubectl {
  return createKubectl({
    binary: join(bin, 'kubectl'),
    kubeconfig: nodeKubeconfig(settings),
    cacheDir: join(settings.clusterDir, 'kube-cache'),
    runner,
    signal,
  })
}
