import type { Drill, Fault, Mutation, Restart } from '../component/drill.ts'
import { anyOverlap, isAmbiguous, affectedChecks, type WithChanges, type CheckScope } from './subjects.ts'

/** Drills of one component that are made together: a round of mutations, one restart or one fault. */
export interface DrillJob {
  readonly component: string
  readonly drills: readonly WithChanges<Drill>[]
  /** Subjects that it changes. */
  readonly changes: readonly string[]
  /** Subjects that others must leave alone while it runs. */
  readonly dependsOn: readonly string[]
}

/** What every alert needs: nothing else may touch it while a fault lasts. */
const alerting = ['prometheus', 'alertmanager']

/**
 * The jobs of a component, in order: restarts, then rounds of mutations that can't be mistaken for one another, then
 * faults. Restarts come first because a round may leave series that Prometheus shows for five minutes more. Pure.
 *
 * @param checks the component's checks in their order
 * @param most mutations in one round at most
 */
export function planJobs(
  component: string,
  drills: readonly WithChanges<Drill>[],
  checks: readonly CheckScope[],
  most: number,
): DrillJob[] {
  const rounds: WithChanges<Mutation>[][] = []
  for (const drill of drills.filter((each) => each.kind === 'mutation')) {
    const fits = rounds.find(
      (round) =>
        round.length < most &&
        !round.some((other) => isAmbiguous(drill, other, checks) || isAmbiguous(other, drill, checks)),
    )
    if (fits) fits.push(drill)
    else rounds.push([drill])
  }
  const job = (some: readonly WithChanges<Drill>[], dependsOn: readonly string[]): DrillJob => ({
    ...{ component, drills: some, dependsOn },
    changes: some.flatMap(({ changes, disturbs = [] }) => [...changes, ...disturbs]),
  })
  const seen = (some: readonly CheckScope[]) => some.flatMap(({ dependsOn }) => dependsOn)
  return [
    ...drills
      .filter((drill): drill is WithChanges<Restart> => drill.kind === 'restart')
      .map((drill) => job([drill], seen(checks.filter(({ dependsOn }) => anyOverlap(dependsOn, drill.changes))))),
    ...rounds.map((round) => {
      const { changes, ...rest } = job(round, seen(round.flatMap((each) => affectedChecks(each, checks))))
      // `up` repairs all of the component.
      return { ...rest, changes: [...changes, `${component}/up`] }
    }),
    ...drills
      .filter((drill): drill is WithChanges<Fault> => drill.kind === 'fault')
      .map((drill) => job([drill], [...alerting, ...(drill.dependsOn ?? [])])),
  ]
}

/**
 * Whether two jobs must not run at the same time: one changes what the other changes or dependsOn. `up` of a component repairs
 * all of it, so two rounds of one component do not run together either. Pure.
 */
export function conflict(one: DrillJob, other: DrillJob): boolean {
  if (isFault(one) && isFault(other)) return anyOverlap(one.changes, other.changes)
  if (one.component === other.component) return true
  return (
    anyOverlap(one.changes, other.changes) ||
    anyOverlap(one.changes, other.dependsOn) ||
    anyOverlap(other.changes, one.dependsOn)
  )
}

/** A fault mostly waits for its alert. */
export function isFault({ drills }: DrillJob): boolean {
  return drills[0]?.kind === 'fault'
}
