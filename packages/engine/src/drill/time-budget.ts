import { shuffled } from './sample.ts'

/** What a job may take beyond the longest so far, and what is done after the last one, in milliseconds. */
const reserveMs = 120_000

/**
 * Keeps a run of jobs within a time: in their order as long as all will fit, in an order that the seed decides once they
 * will not, and none when one more could be too late.
 */
export class TimeBudget {
  readonly #endsAt: number
  readonly #seed: string
  readonly #started: number
  readonly #now: () => number
  #done = 0
  #longestMs = 0
  #short = false

  /** @param withinMs undefined: there is no limit */
  constructor(withinMs: number | undefined, seed: string, now: () => number = () => performance.now()) {
    this.#now = now
    this.#started = now()
    this.#endsAt = withinMs === undefined ? Number.POSITIVE_INFINITY : this.#started + withinMs
    this.#seed = seed
  }

  /** Whether the order of the seed was taken. */
  get isShort(): boolean {
    return this.#short
  }

  ended(ms: number): void {
    this.#done += 1
    this.#longestMs = Math.max(this.#longestMs, ms)
  }

  /** The jobs that may be begun now, the next one first. */
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
