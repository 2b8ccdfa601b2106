import type { Drill, Fault, Mutation, Restart } from '../component/drill.ts'
import { affectedChecks, anyOverlap, type CheckScope, isAmbiguous, type WithChanges } from './subjects.ts'

/** Drills of one component that run as a unit: a round of mutations, one restart or one fault. */
export interface DrillJob {
  readonly component: string
  readonly drills: readonly WithChanges<Drill>[]
  /** Subjects that the job changes. */
  readonly changes: readonly string[]
  /** Subjects that other jobs must not change meanwhile. */
  readonly dependsOn: readonly string[]
}

/** The subjects that every alert depends on. */
const alerting = ['prometheus', 'alertmanager']

/**
 * The jobs of a component in order: restarts, rounds of mutations that affect different checks, faults. Restarts come
 * first, because a round may leave series that Prometheus returns for another five minutes. Pure.
 *
 * @param checks the component's checks in their order
 * @param maxMutations the maximum number of mutations in a round
 */
export function planJobs(
  component: string,
  drills: readonly WithChanges<Drill>[],
  checks: readonly CheckScope[],
  maxMutations: number,
): DrillJob[] {
  const rounds: WithChanges<Mutation>[][] = []
  for (const drill of drills.filter((each) => each.kind === 'mutation')) {
    const fits = rounds.find(
      (round) =>
        round.length < maxMutations &&
        !round.some((other) => isAmbiguous(drill, other, checks) || isAmbiguous(other, drill, checks)),
    )
    if (fits) fits.push(drill)
    else rounds.push([drill])
  }
  const job = (some: readonly WithChanges<Drill>[], dependsOn: readonly string[]): DrillJob => ({
    ...{ component, drills: some, dependsOn },
    changes: some.flatMap(({ changes, disturbs = [] }) => [...changes, ...disturbs]),
  })
  const dependenciesOf = (some: readonly CheckScope[]) => some.flatMap(({ dependsOn }) => dependsOn)
  return [
    ...drills
      .filter((drill): drill is WithChanges<Restart> => drill.kind === 'restart')
      .map((drill) =>
        job([drill], dependenciesOf(checks.filter(({ dependsOn }) => anyOverlap(dependsOn, drill.changes)))),
      ),
    ...rounds.map((round) => {
      const { changes, ...rest } = job(round, dependenciesOf(round.flatMap((each) => affectedChecks(each, checks))))
      // `up` repairs the whole component.
      return { ...rest, changes: [...changes, `${component}/up`] }
    }),
    ...drills
      .filter((drill): drill is WithChanges<Fault> => drill.kind === 'fault')
      .map((drill) => job([drill], [...alerting, ...(drill.dependsOn ?? [])])),
  ]
}

/**
 * Whether two jobs must not run concurrently: one changes subjects that the other changes or depends on. `up` repairs the
 * whole component, so two rounds of one component conflict too. Pure.
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

/** Whether the job is a fault, which has no weight because it mostly waits for its alert. */
export function isFault({ drills }: DrillJob): boolean {
  return drills[0]?.kind === 'fault'
}
