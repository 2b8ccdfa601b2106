/** A job of the scheduler. */
export interface Scheduled<T> {
  readonly job: T
  /** How much of the limit it takes. */
  readonly weight: number
  run(): Promise<void>
}

export interface ScheduleOptions<T> {
  /** The maximum sum of weights. A heavier job runs alone. */
  readonly limit: number
  /** Whether two jobs must not run at the same time. */
  readonly conflict: (one: T, other: T) => boolean
  /** The jobs that may start now, the next one first. Called before each start; an empty list ends the run. */
  readonly order: (pending: readonly Scheduled<T>[]) => readonly Scheduled<T>[]
}

/**
 * Runs all jobs, concurrently where nothing conflicts.
 *
 * @returns the jobs that did not start
 */
export async function runScheduled<T>(
  all: readonly Scheduled<T>[],
  { limit, conflict, order }: ScheduleOptions<T>,
): Promise<readonly T[]> {
  const pending = new Set(all)
  const running = new Map<Scheduled<T>, Promise<unknown>>()
  const used = () => [...running.keys()].reduce((sum, { weight }) => sum + weight, 0)
  const fits = ({ job, weight }: Scheduled<T>) =>
    (!running.size || used() + weight <= limit) && ![...running.keys()].some((other) => conflict(job, other.job))
  for (;;) {
    const next = order([...pending]).find(fits)
    if (next) {
      pending.delete(next)
      running.set(
        next,
        next.run().finally(() => running.delete(next)),
      )
    } else if (running.size) await Promise.race(running.values())
    else return [...pending].map(({ job }) => job)
  }
}
