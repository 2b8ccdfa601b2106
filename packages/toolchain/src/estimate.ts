import type { Pins } from './pins.ts'

/**
 * How long the rest takes, from the weights of the units and the time that this machine took so far.
 *
 * @param elapsed ms since the first unit began
 */
export class Estimate {
  #done = 0
  readonly #started: number
  readonly #total: number
  readonly #now: () => number

  constructor(missing: readonly Pins[], now: () => number = () => performance.now()) {
    this.#total = missing.reduce((sum, { unit }) => sum + unit.weight, 0)
    this.#now = now
    this.#started = now()
  }

  /** A unit is complete. */
  finish({ unit }: Pins): void {
    this.#done += unit.weight
  }

  /**
   * `1m 20s so far, about 6m left`. What is left is not said before there is something to judge by.
   *
   * @param share of `current` that is done, 0 to 1
   */
  say(current: Pins, share: number): string {
    const elapsed = this.#now() - this.#started
    const done = this.#done + current.unit.weight * share
    const part = done / this.#total
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
