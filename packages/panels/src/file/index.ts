export type { KnownDatasource } from './inputs.ts'
export { resolveInputs } from './inputs.ts'
export { panelTypes } from './panel-types.ts'
export { oldestSchema, type ReadDashboard, readDashboard } from './read-dashboard.ts'
