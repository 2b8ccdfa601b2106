import type { Threshold } from './panels.ts'

/** A share of a whole: fine, getting full, full. */
export const filling: readonly Threshold[] = [
  { from: 0.8, color: 'orange' },
  { from: 0.9, color: 'red' },
]

/** A number that should be 0. */
export const anyIsBad: readonly Threshold[] = [{ from: 1, color: 'red' }]

/** A share that should be 0, and is a nuisance before it is trouble. */
export const shareIsBad: readonly Threshold[] = [
  { from: 0.01, color: 'orange' },
  { from: 0.05, color: 'red' },
]

/** Of `up` and its like: 1 is well. */
export const oneIsWell: readonly Threshold[] = [
  { from: 0, color: 'red' },
  { from: 1, color: 'green' },
]

/** From 0 to 1. */
export const share = { unit: 'percentunit', min: 0, max: 1 } as const

/** A share of a whole that fills up. */
export const fillingUp = { ...share, thresholds: filling } as const

/** The share of its time that a container is held back by its CPU limit. */
export const waitingIsBad: readonly Threshold[] = [
  { from: 0.1, color: 'orange' },
  { from: 0.25, color: 'red' },
]
