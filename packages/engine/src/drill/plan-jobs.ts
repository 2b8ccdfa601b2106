import type { Drill, Fault, Mutation, Restart } from '../drill.ts'
import { anyOverlap, isMistaken, judges, type Placed, type SeeingCheck } from './subjects.ts'

/** Drills of one component that are made together: a round of mutations, one restart or one fault. */
export interface DrillJob {
  readonly component: string
  readonly drills: readonly Placed<Drill>[]
  /** Subjects that it changes. */
  readonly touches: readonly string[]
  /** Subjects that others must leave alone while it runs. */
  readonly sees: readonly string[]
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
  drills: readonly Placed<Drill>[],
  checks: readonly SeeingCheck[],
  most: number,
): DrillJob[] {
  const rounds: Placed<Mutation>[][] = []
  for (const drill of drills.filter((each) => each.kind === 'mutation')) {
    const fits = rounds.find(
      (round) =>
        round.length < most &&
        !round.some((other) => isMistaken(drill, other, checks) || isMistaken(other, drill, checks)),
    )
    if (fits) fits.push(drill)
    else rounds.push([drill])
  }
  const job = (some: readonly Placed<Drill>[], sees: readonly string[]): DrillJob => ({
    ...{ component, drills: some, sees },
    touches: some.flatMap(({ touches, disturbs = [] }) => [...touches, ...disturbs]),
  })
  const seen = (some: readonly SeeingCheck[]) => some.flatMap(({ sees }) => sees)
  return [
    ...drills
      .filter((drill): drill is Placed<Restart> => drill.kind === 'restart')
      .map((drill) => job([drill], seen(checks.filter(({ sees }) => anyOverlap(sees, drill.touches))))),
    ...rounds.map((round) => {
      const { touches, ...rest } = job(round, seen(round.flatMap((each) => judges(each, checks))))
      // `up` repairs all of the component.
      return { ...rest, touches: [...touches, `${component}/up`] }
    }),
    ...drills
      .filter((drill): drill is Placed<Fault> => drill.kind === 'fault')
      .map((drill) => job([drill], [...alerting, ...(drill.sees ?? [])])),
  ]
}

/**
 * Whether two jobs must not run at the same time: one changes what the other changes or sees. `up` of a component repairs
 * all of it, so two rounds of one component do not run together either. Pure.
 */
export function conflict(one: DrillJob, other: DrillJob): boolean {
  if (isFault(one) && isFault(other)) return anyOverlap(one.touches, other.touches)
  if (one.component === other.component) return true
  return (
    anyOverlap(one.touches, other.touches) || anyOverlap(one.touches, other.sees) || anyOverlap(other.touches, one.sees)
  )
}

/** A fault mostly waits for its alert. */
export function isFault({ drills }: DrillJob): boolean {
  return drills[0]?.kind === 'fault'
}
