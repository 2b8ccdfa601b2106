import { type CheckResult, step } from '@platform/core'
import type { DrillDocument } from '@platform/core/documents'
import type { Mutation, Restart } from '../drill.ts'
import { askAll, fails, slowChecks, untilAllHold } from './rounds.ts'
import { type DrillResult, type DrillWork, runDrill } from './run-drill.ts'

/** How long an alert that a drill has stirred up may go on. */
export const noiseMs = 120_000

export interface ComponentDrills {
  readonly drills: DrillResult[]
  readonly problems: DrillDocument['problems']
}

/**
 * All drills of a component, one after the other. They begin only when its checks hold, and end with the first one after
 * which they do not hold again: what comes after it would prove nothing.
 *
 * @param settlesWithinMs how long what was drilled before may still be felt
 */
export async function drillComponent(
  work: Omit<DrillWork, 'progress' | 'slow'>,
  drills: readonly (Mutation | Restart)[],
  settlesWithinMs = 0,
): Promise<ComponentDrills> {
  const { component, emit, stop } = work
  const { name } = component
  if (!drills.length) return { drills: [], problems: [] }
  const baseline = await step(emit, `${name}: all checks hold before`, () => settled(work, settlesWithinMs))
  stop.throwIfAborted()
  const failing = baseline.filter(fails)
  if (failing.length) {
    const said = failing.map(({ id, message }) => `${id}: ${message ?? ''}`).join('; ')
    return {
      drills: [],
      problems: [{ component: name, message: `nothing is broken while its checks do not hold: ${said}` }],
    }
  }
  const slow = slowChecks(baseline)
  const results: DrillResult[] = []
  let broken: string | undefined
  for (const drill of drills) {
    const head = { component: name, id: drill.id, name: drill.name, kind: drill.kind }
    const unasked = baseline.find(({ id, skipped }) => drill.kind === 'mutation' && skipped && id === drill.caughtBy)
    const why =
      broken ?? (unasked && `${unasked.id} is skipped: ${unasked.message ?? ''}`) ?? (stop.aborted && 'interrupted')
    if (why) {
      results.push({ ...head, outcome: 'skipped', ms: 0, message: why })
      continue
    }
    const result = await step(
      emit,
      `${name}: ${drill.name}`,
      async (progress) => runDrill({ ...work, slow, progress }, drill),
      { detail: ({ outcome, caughtBy }) => (outcome === 'ok' ? caughtBy && `caught by ${caughtBy}` : outcome) },
    )
    results.push(result)
    if (result.outcome === 'failed') {
      emit({ type: 'notice', level: 'warn', message: `${name} ${drill.id} failed: ${result.message ?? ''}` })
    }
    if (result.outcome === 'failed' && result.mendedMs === undefined)
      broken = `its checks do not hold after ${drill.id}`
  }
  if (broken || stop.aborted || !slow.size) return { drills: results, problems: [] }
  const after = await step(emit, `${name}: all checks hold after`, () => settled(work, noiseMs))
  const left = after.filter(fails)
  if (!left.length) return { drills: results, problems: [] }
  const said = left.map(({ id, message }) => `${id}: ${message ?? ''}`).join('; ')
  return {
    drills: results,
    problems: [{ component: name, message: `its checks do not hold after all drills: ${said}` }],
  }
}

/** All checks, asked once more when some fail that may hold soon. */
async function settled(
  { ask, stop }: Pick<DrillWork, 'ask' | 'stop'>,
  withinMs: number,
): Promise<readonly CheckResult[]> {
  const first = await askAll(ask, stop)
  if (!withinMs || !first.some(fails)) return first
  await untilAllHold(ask, { withinMs, signal: stop })
  return askAll(ask, stop)
}
