export { resolveInputs } from './inputs.ts'
export { panelTypes } from './panel-types.ts'
export { type KnownDatasource, oldestSchema, type ReadDashboard, readDashboard } from './read-dashboard.ts'
