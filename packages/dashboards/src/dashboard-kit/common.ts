import type { Threshold } from './panels.ts'

/** For utilization: warning from 80 %, critical from 90 %. */
export const usageThresholds: readonly Threshold[] = [
  { from: 0.8, color: 'orange' },
  { from: 0.9, color: 'red' },
]

/** For a number that should be 0. */
export const zeroThresholds: readonly Threshold[] = [{ from: 1, color: 'red' }]

/** For an error rate: warning from 1 %, critical from 5 %. */
export const errorRateThresholds: readonly Threshold[] = [
  { from: 0.01, color: 'orange' },
  { from: 0.05, color: 'red' },
]

/** For `up` and other metrics that are 1 when healthy. */
export const upThresholds: readonly Threshold[] = [
  { from: 0, color: 'red' },
  { from: 1, color: 'green' },
]

/** Unit and range of a ratio. */
export const share = { unit: 'percentunit', min: 0, max: 1 } as const

/** Unit, range and thresholds of utilization. */
export const utilization = { ...share, thresholds: usageThresholds } as const

/** For CPU throttling: warning from 10 % of the periods, critical from 25 %. */
export const throttlingThresholds: readonly Threshold[] = [
  { from: 0.1, color: 'orange' },
  { from: 0.25, color: 'red' },
]
