import type { Restart } from '../component/drill.ts'
import { failureText, untilAllPass } from './rounds.ts'
import { anyOverlap, type CheckScope, type WithChanges } from './subjects.ts'
import {
  type DrillResult,
  type DrillTimeouts,
  type DrillWork,
  drillTimeouts,
  messageOf,
  since,
  withContext,
} from './work.ts'

/**
 * Disturbs the component, waits until the affected checks pass again without `up`, then runs the drill's own check. Never
 * throws.
 */
export async function runRestart(
  work: DrillWork,
  drill: WithChanges<Restart>,
  checks: readonly CheckScope[],
  timeouts: DrillTimeouts = drillTimeouts,
): Promise<DrillResult> {
  const started = performance.now()
  const { id, name, kind } = drill
  const head = { component: work.component.name, id, name, kind }
  try {
    const disturbed = await withContext(work, work.stop, timeouts.breakMs, (proof) => drill.disturb(proof))
    work.progress('disturbed; waiting for the checks to pass')
    const affected = new Set(
      checks.filter(({ dependsOn }) => anyOverlap(dependsOn, drill.changes)).map((check) => check.id),
    )
    const failing = work.stop.aborted
      ? []
      : await untilAllPass(work.prepareChecks, {
          wanted: (each) => affected.has(each),
          withinMs: timeouts.recoverMs,
          progress: work.progress,
          signal: work.context.signal,
        })
    if (failing.length) {
      const message = `the checks do not pass again within ${timeouts.recoverMs / 1000} s: ${failureText(failing)}`
      return { ...head, outcome: 'failed', message, ms: since(started) }
    }
    const recoveredMs = since(started)
    const message = await withContext(work, work.context.signal, timeouts.breakMs, async (proof) =>
      drill.check?.(proof, disturbed),
    )
    return { ...head, outcome: 'passed', recoveredMs, ms: since(started), ...(message && { message }) }
  } catch (error) {
    return { ...head, outcome: 'failed', message: messageOf(error), ms: since(started) }
  }
}
