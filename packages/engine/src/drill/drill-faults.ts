import { step } from '@platform/core'
import type { DrillDocument } from '@platform/core/documents'
import type { Fault } from '../drill.ts'
import { sweepLeftovers } from '../verify/proof/temporary.ts'
import { type ComponentDrills, noiseMs } from './drill-component.ts'
import { type FaultWork, runFaults } from './faults.ts'
import { type AskChecks, fails, untilAllHold } from './rounds.ts'

export interface FaultyComponent {
  readonly work: FaultWork & { readonly ask: AskChecks }
  readonly faults: readonly Fault[]
  /** Its checks are known to hold. */
  readonly asked: boolean
}

const holdsWithinMs = 180_000

/**
 * The faults of all components, at the same time: of those whose checks hold. Afterwards they must hold again.
 *
 * @returns a problem for each component whose checks do not hold, before or after
 */
export async function drillFaults(all: readonly FaultyComponent[]): Promise<ComponentDrills> {
  const [first] = all
  if (!first || first.work.stop.aborted) return { drills: [], problems: [] }
  const { emit, stop, context, session } = first.work
  await Promise.all(all.map(({ work }) => sweepLeftovers(session.api, work.component.name)))
  const unasked = all.filter(({ asked }) => !asked)
  const before = unasked.length
    ? await step(emit, 'faults: all checks hold before', () => unheld(unasked, noiseMs, stop))
    : []
  const held = all.filter(({ work }) => !before.some(({ component }) => component === work.component.name))
  const drills = await runFaults(held.flatMap(({ work, faults }) => faults.map((fault) => ({ work, fault }))))
  // A run that is told to stop does not wait for what is taken back already.
  const after =
    stop.aborted || !held.length
      ? []
      : await step(emit, 'faults: all checks hold again', () => unheld(held, holdsWithinMs, context.signal))
  return {
    drills,
    problems: [
      ...before.map(({ component, said }) =>
        problem(component, 'nothing is broken while its checks do not hold', said),
      ),
      ...after.map(({ component, said }) => problem(component, 'its checks do not hold again after the faults', said)),
    ],
  }
}

async function unheld(all: readonly FaultyComponent[], withinMs: number, signal: AbortSignal) {
  const rounds = all.map(async ({ work }) => {
    const failing = (await untilAllHold(work.ask, { withinMs, signal })).filter(fails)
    const said = failing.map(({ id, message }) => `${id}: ${message ?? ''}`).join('; ')
    return said ? [{ component: work.component.name, said }] : []
  })
  return (await Promise.all(rounds)).flat()
}

function problem(component: string, what: string, said: string): DrillDocument['problems'][number] {
  return { component, message: `${what}: ${said}` }
}
