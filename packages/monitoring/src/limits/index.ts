export { type LimitSources, readLimits, readSettledLimits } from './read-limits.ts'
export type { Disagreement, LimitRow, Limits, Resources } from './types.ts'
export { limitCells, notesOf, problemsOf } from './words.ts'
