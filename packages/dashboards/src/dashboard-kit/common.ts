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

/**
 * cAdvisor's containers, as labels to put between braces. It tells of pods' pauses and of whole slices too: real containers
 * have a name, and an image.
 */
export const realContainers = 'container!="", container!="POD", image!=""'
