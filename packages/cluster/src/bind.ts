import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Environment, repositoryRoot, type Settings, usageError, withoutCredentials } from '@platform/core'
import type { ToolSources } from './context/tools.ts'
import { clusterUid, userKubectl } from './context/user-kubectl.ts'
import { editEnvFile } from './env-file.ts'
import type { Kubectl } from './kubernetes/kubectl.ts'
import type { TargetDependencies } from './target.ts'

/** Identifies the cluster that the platform is bound to. */
export interface Binding {
  readonly context: string
  /** URL of the API server, without user and password. */
  readonly server: string
  /** UID of the namespace kube-system. */
  readonly uid: string
}

/**
 * Looks up a context's server and cluster UID. Only reads.
 *
 * @param context name of the context; default: the settings' KUBE_CONTEXT
 * @throws PlatformError CONTEXT_NOT_FOUND (exit code 2; lists the available contexts), CLUSTER_UNREACHABLE
 */
export async function lookUpBinding(
  settings: Settings,
  dependencies: TargetDependencies,
  { context = settings.KUBE_CONTEXT, sources }: { readonly context?: string; readonly sources?: ToolSources } = {},
): Promise<Binding> {
  const { kubectl } = await userKubectl(settings, { context: context ?? '' }, dependencies, sources)
  const contexts = await contextServers(kubectl)
  const server = context === undefined ? undefined : contexts.get(context)
  if (context === undefined || server === undefined) throw noContext(context, [...contexts.keys()], settings)
  return { context, server: withoutCredentials(server), uid: await clusterUid(kubectl, context) }
}

/** The contexts of the user's kubeconfig, each with its server. kubectl redacts the secrets. */
async function contextServers(kubectl: Kubectl): Promise<Map<string, string>> {
  const config = await kubectl.json<{
    contexts?: { name: string; context: { cluster: string } }[] | null
    clusters?: { name: string; cluster: { server?: string } }[] | null
  }>(['config', 'view'])
  const servers = new Map((config.clusters ?? []).map(({ name, cluster }) => [name, cluster.server ?? '']))
  return new Map((config.contexts ?? []).map(({ name, context }) => [name, servers.get(context.cluster) ?? '']))
}

function noContext(context: string | undefined, names: readonly string[], { KUBECONFIG }: Settings) {
  const where = KUBECONFIG ? `KUBECONFIG=${KUBECONFIG}` : 'the kubeconfig'
  const there = names.length ? `there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}` : 'there is none'
  const problem = context === undefined ? 'which context?' : `no context is named ${context}`
  const hint = names.length ? `pnpm bind '${names[0]}'` : 'kubectl config get-contexts'
  return usageError('CONTEXT_NOT_FOUND', `${problem}; in ${where} ${there}`, hint)
}

export function bindingSettings({ context, uid }: Binding): Record<string, string> {
  return { TARGET: 'context', KUBE_CONTEXT: context, CLUSTER_UID: uid }
}

/** The env file for the binding: ENV_FILE, otherwise `.env`. It may not exist yet. */
export function bindingFile(env: Environment, root: string = repositoryRoot): string {
  return resolve(root, env.ENV_FILE || '.env')
}

/** Writes the binding to the env file. Keeps all other lines and the file's mode. */
export function writeBinding(file: string, binding: Binding): void {
  const there = existsSync(file)
  const text = editEnvFile(there ? readFileSync(file, 'utf8') : '', bindingSettings(binding))
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, text, { mode: there ? statSync(file).mode & 0o777 : 0o600 })
  renameSync(fresh, file)
}
