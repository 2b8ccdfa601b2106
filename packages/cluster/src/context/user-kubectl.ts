import { join } from 'node:path'
import { PlatformError, type Settings } from '@platform/core'
import { createKubectl, type Kubectl } from '../kubernetes/kubectl.ts'
import type { TargetDependencies } from '../target.ts'
import { findKubectl, type ToolSources, toolSources } from './tools.ts'

/** Where the context target keeps what is its own: `.cluster/context-<name>`. */
export function contextDirectory({ stateDir }: Settings, context: string): string {
  return join(stateDir, `context-${context.replaceAll(/[^\w.-]+/g, '_')}`)
}

/** kubectl on the user's own kubeconfig and one context of it, by name. */
export async function userKubectl(
  settings: Settings,
  context: string,
  dependencies: TargetDependencies,
  sources: ToolSources = toolSources(settings, dependencies),
): Promise<{ kubectl: Kubectl; binary: string }> {
  const binary = await findKubectl(dependencies.runner, sources)
  const kubectl = createKubectl({
    binary,
    context,
    kubeconfig: settings.KUBECONFIG,
    cacheDir: join(context ? contextDirectory(settings, context) : settings.stateDir, 'kube-cache'),
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
