import { join } from 'node:path'
import { PlatformError, type Settings } from '@platform/core'
import { createKubectl, type Kubectl } from '../kubernetes/kubectl.ts'
import type { TargetDependencies } from '../target.ts'
import { findKubectl, type ToolSources, toolSources } from './tools.ts'

/**
 * Where the context target keeps what is its own: `.cluster/context-<UID>`. Not by the context's name: kubeconfigs of
 * different clusters may call theirs alike, and a shell of `pnpm shellenv` must stay on the one that it was made for.
 */
export function contextDirectory({ stateDir }: Settings, uid: string): string {
  return join(stateDir, `context-${uid.replaceAll(/[^\w.-]+/g, '_')}`)
}

/**
 * kubectl on the user's own kubeconfig and one context of it, by name.
 *
 * @param uid of the cluster that it should be, where that is known: what kubectl learns of the API is kept with it
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

/** The UID of the namespace kube-system: what a cluster is known by. Throws CLUSTER_UNREACHABLE with what kubectl said. */
export async function clusterUid(kubectl: Kubectl, context: string): Promise<string> {
  const answer = await kubectl.probe(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'])
  const uid = answer.stdout.trim()
  if (answer.exitCode === 0 && uid) return uid
  const said = answer.stderr.trim().split('\n').pop()
  throw new PlatformError('CLUSTER_UNREACHABLE', `context ${context}: the cluster does not answer: ${said}`, {
    hint: `kubectl --context '${context}' cluster-info`,
  })
}
