import { type Settings, usageError } from '@platform/core'
import type { Kubectl } from '../kubernetes/kubectl.ts'
import type { TargetDependencies } from '../target.ts'
import type { ToolSources } from './tools.ts'
import { clusterUid, userKubectl } from './user-kubectl.ts'

/** A context whose cluster UID matches the settings. */
export interface BoundContext {
  readonly context: string
  readonly uid: string
  readonly kubectl: Kubectl
  /** Absolute path of the kubectl in use. */
  readonly binary: string
}

/** The context and the UID of the settings. Throws CONTEXT_NOT_BOUND (exit code 2) if a setting is missing. */
export function requireBinding(settings: Settings): { context: string; uid: string } {
  const { KUBE_CONTEXT: context, CLUSTER_UID: uid, envFile } = settings
  if (context && uid) return { context, uid }
  const missing = [!context && 'KUBE_CONTEXT', !uid && 'CLUSTER_UID'].filter(Boolean).join(' and ')
  throw usageError(
    'CONTEXT_NOT_BOUND',
    `TARGET=context needs ${missing} in ${envFile ?? 'the env file'}: the platform never guesses the cluster`,
    context ? `pnpm bind '${context}' --write` : 'kubectl config get-contexts -o name; pnpm bind CONTEXT --write',
  )
}

/** Throws CLUSTER_MISMATCH if the cluster is not the bound one. */
export function requireSameUid(expected: string, found: string, context: string): void {
  if (expected === found) return
  throw usageError(
    'CLUSTER_MISMATCH',
    `context ${context} is not the bound cluster: its kube-system has the UID ${found}, CLUSTER_UID is ${expected}. Nothing else was read and nothing was changed`,
    `pnpm bind '${context}'`,
  )
}

/**
 * Compares the cluster's UID with the settings before any other request.
 *
 * @throws PlatformError CONTEXT_NOT_BOUND, CLUSTER_MISMATCH (exit code 2), CLUSTER_UNREACHABLE
 */
export async function bindContext(
  settings: Settings,
  dependencies: TargetDependencies,
  sources?: ToolSources,
): Promise<BoundContext> {
  const { context, uid } = requireBinding(settings)
  const { kubectl, binary } = await userKubectl(settings, { context, uid }, dependencies, sources)
  requireSameUid(uid, await clusterUid(kubectl, context), context)
  return { context, uid, kubectl, binary }
}
