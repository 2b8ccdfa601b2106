import type { Restart } from '../component/drill.ts'
import { failureText, untilAllPass } from './rounds.ts'
import { anyOverlap, type WithChanges, type CheckScope } from './subjects.ts'
import {
  type DrillTimeouts,
  type DrillResult,
  type DrillWork,
  drillTimeouts,
  messageOf,
  since,
  withContext,
} from './work.ts'

/**
 * Disturbs what must be survived, waits until the checks that can see it pass by themselves, then proves what must have
 * survived. Never throws.
 */
export async function runRestart(
  work: DrillWork,
  drill: WithChanges<Restart>,
  checks: readonly CheckScope[],
  limits: DrillTimeouts = drillTimeouts,
): Promise<DrillResult> {
  const began = performance.now()
  const { id, name, kind } = drill
  const head = { component: work.component.name, id, name, kind }
  try {
    const left = await withContext(work, work.stop, limits.breakMs, (proof) => drill.disturb(proof))
    work.progress('disturbed; waiting for the checks to pass')
    const concerned = new Set(
      checks.filter(({ dependsOn }) => anyOverlap(dependsOn, drill.changes)).map((check) => check.id),
    )
    const failing = work.stop.aborted
      ? []
      : await untilAllPass(work.prepareChecks, {
          wanted: (each) => concerned.has(each),
          withinMs: limits.recoverMs,
          progress: work.progress,
          signal: work.context.signal,
        })
    if (failing.length) {
      const message = `the checks do not pass again within ${limits.recoverMs / 1000} s: ${failureText(failing)}`
      return { ...head, outcome: 'failed', message, ms: since(began) }
    }
    const recoveredMs = since(began)
    const message = await withContext(work, work.context.signal, limits.breakMs, async (proof) =>
      drill.check?.(proof, left),
    )
    return { ...head, outcome: 'passed', recoveredMs, ms: since(began), ...(message && { message }) }
  } catch (error) {
    return { ...head, outcome: 'failed', message: messageOf(error), ms: since(began) }
  }
}
