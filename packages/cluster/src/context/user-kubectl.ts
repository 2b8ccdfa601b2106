import { join } from 'node:path'
import { PlatformError, type Settings } from '@platform/core'
import { createKubectl, type Kubectl } from '../kubernetes/kubectl.ts'
import type { TargetDependencies } from '../target.ts'
import { findKubectl, type ToolSources, toolSources } from './tools.ts'

/**
 * The context target's state folder, `.cluster/context-<UID>`. It is not named by the context: different kubeconfigs may
 * use the same name, and a shell of `pnpm shellenv` must stay on its cluster.
 */
export function contextDirectory({ stateDir }: Settings, uid: string): string {
  return join(stateDir, `context-${uid.replaceAll(/[^\w.-]+/g, '_')}`)
}

/**
 * kubectl with one context of the user's own kubeconfig.
 *
 * @param uid expected UID of the cluster, if known; kubectl's discovery cache is stored with it
 */
export async function userKubectl(
  settings: Settings,
  { context, uid }: { readonly context: string; readonly uid?: string },
  dependencies: TargetDependencies,
  sources: ToolSources = toolSources(settings, dependencies),
): Promise<{ kubectl: Kubectl; binary: string }> {
  const binary = await findKubectl(dependencies.runner, sources)
  const kubectl = createKubectl({
    binary,
    context,
    kubeconfig: settings.KUBECONFIG,
    cacheDir: join(uid ? contextDirectory(settings, uid) : settings.stateDir, 'kube-cache'),
    runner: dependencies.runner,
    signal: dependencies.signal,
  })
  return { kubectl, binary }
}

/** The UID of the namespace kube-system, which identifies a cluster. Throws CLUSTER_UNREACHABLE with kubectl's error. */
export async function clusterUid(kubectl: Kubectl, context: string): Promise<string> {
  const answer = await kubectl.probe(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'])
  const uid = answer.stdout.trim()
  if (answer.exitCode === 0 && uid) return uid
  const said = answer.stderr.trim().split('\n').pop()
  throw new PlatformError('CLUSTER_UNREACHABLE', `context ${context}: the cluster does not answer: ${said}`, {
    hint: `kubectl --context '${context}' cluster-info`,
  })
}
