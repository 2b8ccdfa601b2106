export { limitCells, notesOf, problemsOf } from './format.ts'
export { type LimitSources, readLimits, readSettledLimits } from './read-limits.ts'
export type { LimitRow, Limits, Mismatch, Resources } from './types.ts'
