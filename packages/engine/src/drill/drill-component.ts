import { step } from '@platform/core'
import type { DrillDocument } from '@platform/core/documents'
import type { Drill } from '../drill.ts'
import { askAll, fails } from './rounds.ts'
import { type DrillResult, type DrillWork, runDrill } from './run-drill.ts'

export interface ComponentDrills {
  readonly drills: DrillResult[]
  readonly problems: DrillDocument['problems']
}

/**
 * All drills of a component, one after the other. They begin only when its checks hold, and end with the first one after
 * which they do not hold again: what comes after it would prove nothing.
 */
export async function drillComponent(
  work: Omit<DrillWork, 'progress'>,
  drills: readonly Drill[],
): Promise<ComponentDrills> {
  const { component, emit, stop } = work
  const { name } = component
  if (!drills.length) return { drills: [], problems: [] }
  const baseline = await step(emit, `${name}: all checks hold before`, () => askAll(work.ask, stop))
  stop.throwIfAborted()
  const failing = baseline.filter(fails)
  if (failing.length) {
    const said = failing.map(({ id, message }) => `${id}: ${message ?? ''}`).join('; ')
    return {
      drills: [],
      problems: [{ component: name, message: `nothing is broken while its checks do not hold: ${said}` }],
    }
  }
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
      async (progress) => runDrill({ ...work, progress }, drill),
      { detail: ({ outcome, caughtBy }) => (outcome === 'ok' ? caughtBy && `caught by ${caughtBy}` : outcome) },
    )
    results.push(result)
    if (result.outcome === 'failed' && result.mendedMs === undefined)
      broken = `its checks do not hold after ${drill.id}`
  }
  return { drills: results, problems: [] }
}
