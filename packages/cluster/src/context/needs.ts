import { PlatformError } from '@platform/core'
import { atLeast, oldestKubernetes } from '../kubernetes/version.ts'
import type { NeedResult } from '../target.ts'
import type { BoundContext } from './bound-context.ts'
import { contextFacts } from './facts.ts'

/** Requirements on an unmanaged cluster. The machine itself needs only kubectl and Helm. */
export async function contextNeeds(bind: () => Promise<BoundContext>): Promise<NeedResult[]> {
  let bound: BoundContext
  try {
    bound = await bind()
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    return [{ id: 'context', title: 'the bound context', status: 'failed', detail: error.message, fix: error.hint }]
  }
  const { context, kubectl, uid } = bound
  const facts = await contextFacts(kubectl)
  const { answer, why } = facts.loadBalancer
  const ask = `kubectl --context '${context}'`
  return [
    { id: 'context', title: 'the bound context', status: 'ok', detail: `${context}, UID ${uid}` },
    {
      id: 'version',
      title: `Kubernetes ${oldestKubernetes.text} or newer`,
      status: atLeast(facts.version, oldestKubernetes) ? 'ok' : 'failed',
      detail: facts.version.text,
    },
    {
      id: 'permissions',
      title: 'permissions for the components',
      status: facts.missingPermissions.length ? 'failed' : 'ok',
      detail: facts.missingPermissions.join('; ') || 'all allowed',
      fix: facts.missingPermissions.length ? `${ask} auth can-i --list` : undefined,
    },
    {
      id: 'drill-permissions',
      title: 'permissions for `pnpm drill` beside',
      status: facts.missingForDrill.length ? 'warning' : 'ok',
      detail: facts.missingForDrill.join('; ') || 'all allowed',
      fix: facts.missingForDrill.length ? `${ask} auth can-i --list` : undefined,
    },
    {
      id: 'storage',
      title: 'a default StorageClass',
      status: facts.defaultClasses.length === 1 ? 'ok' : 'warning',
      detail: facts.defaultClasses.join(', ') || 'none: volumes need a storageClassName in the values',
      fix: facts.defaultClasses.length === 1 ? undefined : `${ask} get storageclasses`,
    },
    {
      id: 'load-balancer',
      title: 'LoadBalancer Services',
      status: answer === 'yes' || answer === 'likely' ? 'ok' : 'warning',
      detail: `${answer}: ${why}`,
      fix: answer === 'no' ? `${ask} get services -A` : undefined,
    },
  ]
}
