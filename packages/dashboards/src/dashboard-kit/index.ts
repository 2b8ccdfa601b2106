export {
  errorRateThresholds,
  share,
  throttlingThresholds,
  upThresholds,
  usageThresholds,
  utilization,
  zeroThresholds,
} from './common.ts'
export { commonTag, type DashboardDefinition, defineDashboard, type Row } from './dashboard.ts'
export {
  bars,
  gauge,
  graph,
  type PanelBuilder,
  type PanelOptions,
  pie,
  type Query,
  stat,
  type TableOptions,
  type Threshold,
  table,
} from './panels.ts'
export {
  average,
  filesystemUsage,
  networkInterfaces,
  nodeDisks,
  realContainers,
  realFilesystems,
  throttled,
  volumeUsage,
} from './promql.ts'
export { columns, lines } from './queries.ts'
export {
  type AnyVariable,
  containerVariable,
  datasource,
  namespaceVariable,
  nodeVariable,
  podVariable,
  type QueryVariable,
  type TextVariable,
} from './variables.ts'
