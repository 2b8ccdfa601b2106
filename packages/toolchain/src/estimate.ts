import type { Pins } from './pins.ts'

/** How long the rest takes, from the weights of the units and the time that this machine took so far. */
export class Estimate {
  readonly #weights: Map<Pins, number>
  readonly #shares = new Map<Pins, number>()
  readonly #started: number
  readonly #now: () => number

  /** @param weights how much work each unit is, in any measure that they share */
  constructor(weights: ReadonlyMap<Pins, number>, now: () => number = () => performance.now()) {
    this.#weights = new Map(weights)
    this.#now = now
    this.#started = now()
  }

  /** A unit is another amount of work than it was thought to be: it is compiled after all. */
  change(pin: Pins, weight: number): void {
    this.#weights.set(pin, weight)
    this.#shares.delete(pin)
  }

  /** So much of a unit is done, 0 to 1. */
  reach(pin: Pins, share: number): void {
    this.#shares.set(pin, share)
  }

  /** `1m 20s so far, about 6m left`. What is left is not said before there is something to judge by. */
  say(): string {
    const elapsed = this.#now() - this.#started
    const weights = [...this.#weights]
    const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
    const part = weights.reduce((sum, [pin, weight]) => sum + weight * (this.#shares.get(pin) ?? 0), 0) / total
    const left = (elapsed / part) * (1 - part)
    const known = part > 0.01 && part < 0.999 && elapsed > 5000
    return `${duration(elapsed)} so far${known ? `, about ${duration(left, true)} left` : ''}`
  }
}

/** `45s`, `6m 10s`; rounded to what an estimate is worth: `50s`, `6m`. */
export function duration(ms: number, rounded = false): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (rounded) return seconds < 55 ? `${Math.max(10, Math.ceil(seconds / 10) * 10)}s` : `${Math.round(seconds / 60)}m`
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`
}
