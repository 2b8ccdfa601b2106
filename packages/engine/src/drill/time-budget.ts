import { shuffled } from './sample.ts'

/** Milliseconds for a job that takes longer than the longest so far, and for the work after the last job. */
const reserveMs = 120_000

/**
 * Keeps a run of jobs within a time limit. It keeps the order as long as all jobs fit, uses the seed's order once they do
 * not, and starts no job that could exceed the limit.
 */
export class TimeBudget {
  readonly #endsAt: number
  readonly #seed: string
  readonly #started: number
  readonly #now: () => number
  #done = 0
  #longestMs = 0
  #short = false

  /** @param withinMs undefined for no limit */
  constructor(withinMs: number | undefined, seed: string, now: () => number = () => performance.now()) {
    this.#now = now
    this.#started = now()
    this.#endsAt = withinMs === undefined ? Number.POSITIVE_INFINITY : this.#started + withinMs
    this.#seed = seed
  }

  /** Whether not all jobs fit, so that the seed decides the order. */
  get isShort(): boolean {
    return this.#short
  }

  ended(ms: number): void {
    this.#done += 1
    this.#longestMs = Math.max(this.#longestMs, ms)
  }

  /** The jobs that may start now, the next one first. */
  order<T>(pending: readonly T[]): readonly T[] {
    const left = this.#endsAt - this.#now() - reserveMs
    if (left === Number.POSITIVE_INFINITY) return pending
    const each = this.#done ? (this.#now() - this.#started) / this.#done : 0
    if (each * pending.length > left) this.#short = true
    if (left < this.#longestMs) {
      this.#short = true
      return []
    }
    return this.#short ? shuffled(pending, this.#seed) : pending
  }
}
