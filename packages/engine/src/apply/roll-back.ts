import { PlatformError, step } from '@platform/core'
import { captureEvidence, evidenceFolder } from '../readiness/evidence.ts'
import { componentFailed } from '../readiness/failure.ts'
import { waitReady } from '../readiness/wait-ready.ts'
import { rollback, uninstall } from '../release/helm.ts'
import { goodRevision } from '../release/recover.ts'
import type { ReleaseHistory } from '../release/types.ts'
import type { ComponentRun } from './component-run.ts'

/** What was gone back to is looked at for so long, to say whether it runs. */
const rolledBackMs = 8_000

/** Keeps the evidence, goes back to what was there before, and throws what went wrong. */
export async function rollBackAndThrow(all: ComponentRun, before: ReleaseHistory, error: unknown): Promise<never> {
  const { component, session, context, signal } = all
  // A run that is told to stop leaves it as it is: the next one goes on from there.
  signal.throwIfAborted()
  // An API server that is away says nothing about the component.
  if (!(error instanceof PlatformError) || error.code === 'API_UNREACHABLE') throw error
  const folder = evidenceFolder(context.settings, component)
  const evidence = await captureEvidence(session.api, component, folder).then(
    () => folder,
    () => undefined,
  )
  const undone = await step(context.emit, 'undo', (progress) => undo(all, before, progress), {
    detail: (text) => text,
  }).catch((cause: Error) => `It could not be rolled back: ${cause.message}`)
  throw componentFailed(component, { why: error.message, evidence, undone, cause: error })
}

/** What is gone back to. */
export type RollbackDecision =
  /** It was never there before. */
  | { readonly kind: 'uninstall' }
  /** It was no better before. */
  | { readonly kind: 'leave'; readonly revision: number }
  | { readonly kind: 'rollback'; readonly revision: number }

/** Decides. Pure. */
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
    return `It was its first install: ${release} was uninstalled, volumes and Secrets stay`
  }
  if (way.kind === 'leave') {
    return `Revision ${way.revision} was the same: there is nothing better to go back to, ${release} is left as it is`
  }
  await rollback(session.helm, component, way.revision, signal)
  const again = await waitReady(all, { progress, limitMs: rolledBackMs }).then(
    () => 'and runs',
    () => `and is not ready yet: pnpm kubectl get pods -n ${component.namespace}`,
  )
  signal.throwIfAborted()
  return `${release} is back at revision ${way.revision} ${again}`
}
