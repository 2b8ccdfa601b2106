import { PlatformError, step } from '@platform/core'
import { captureEvidence, evidenceFolder } from '../readiness/evidence.ts'
import { componentFailed } from '../readiness/failure.ts'
import { waitReady } from '../readiness/wait-ready.ts'
import { rollback, uninstall } from '../release/helm.ts'
import { goodRevision } from '../release/recover.ts'
import type { ReleaseHistory } from '../release/types.ts'
import type { ComponentRun } from './component-run.ts'

/** How long to wait for the previous revision, to report whether it runs. */
const rolledBackMs = 8_000

/** Keeps the evidence, rolls back to the previous revision, and throws the error. */
export async function rollBackAndThrow(all: ComponentRun, before: ReleaseHistory, error: unknown): Promise<never> {
  const { component, session, context, signal } = all
  // An interrupted run does not roll back: the next run continues from there.
  signal.throwIfAborted()
  // An unreachable API server says nothing about the component.
  if (!(error instanceof PlatformError) || error.code === 'API_UNREACHABLE') throw error
  const folder = evidenceFolder(context.settings, component)
  const evidence = await captureEvidence(session.api, component, folder).then(
    () => folder,
    () => undefined,
  )
  const undone = await step(context.emit, 'roll back', (progress) => undo(all, before, progress), {
    detail: (text) => text,
  }).catch((cause: Error) => `The rollback failed: ${cause.message}`)
  throw componentFailed(component, { why: error.message, evidence, undone, cause: error })
}

/** What the rollback does. */
export type RollbackDecision =
  /** There is no earlier revision. */
  | { readonly kind: 'uninstall' }
  /** The previous revision is the same. */
  | { readonly kind: 'leave'; readonly revision: number }
  | { readonly kind: 'rollback'; readonly revision: number }

/** Decides what the rollback does. Pure. */
export function rollbackDecision(before: ReleaseHistory, fingerprint: string): RollbackDecision {
  const good = goodRevision(before)
  if (!good) return { kind: 'uninstall' }
  return { kind: good.fingerprint === fingerprint ? 'leave' : 'rollback', revision: good.revision }
}

async function undo(all: ComponentRun, before: ReleaseHistory, progress: (message: string) => void): Promise<string> {
  const { component, session, desired, signal } = all
  const { release } = component
  const way = rollbackDecision(before, desired.fingerprint)
  if (way.kind === 'uninstall') {
    await uninstall(session.helm, component, signal)
    return `First install: ${release} was uninstalled, its volumes and Secrets are kept`
  }
  if (way.kind === 'leave') {
    return `No rollback: revision ${way.revision} of ${release} has the same content`
  }
  await rollback(session.helm, component, way.revision, signal)
  const again = await waitReady(all, { progress, limitMs: rolledBackMs }).then(
    () => 'and is ready',
    () => `and is not ready yet: pnpm kubectl get pods -n ${component.namespace}`,
  )
  signal.throwIfAborted()
  return `${release} was rolled back to revision ${way.revision} ${again}`
}
