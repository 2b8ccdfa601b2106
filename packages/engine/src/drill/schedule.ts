/** Work that may run beside other work. */
export interface Scheduled<T> {
  readonly job: T
  /** How many places of the limit it takes. */
  readonly weight: number
  run(): Promise<void>
}

export interface ScheduleOptions<T> {
  /** Places. Work that takes more runs alone. */
  readonly limit: number
  /** Whether two jobs must not run at the same time. */
  readonly conflict: (one: T, other: T) => boolean
  /** What may be begun now, the next one first; asked before each start. Nothing: no more is begun. */
  readonly order: (pending: readonly Scheduled<T>[]) => readonly Scheduled<T>[]
}

/**
 * Runs all of it, side by side where nothing conflicts.
 *
 * @returns what was not begun
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
