export { type LimitSources, readLimits, readSettledLimits } from './read-limits.ts'
export type { LimitRow, Limits, Mismatch as Disagreement, Resources } from './types.ts'
export { limitCells, notesOf, problemsOf } from './words.ts'
