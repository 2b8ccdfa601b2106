export { anyIsBad, fillingUp, oneIsWell, share, shareIsBad, throttlingThresholds, usageThresholds } from './common.ts'
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
  fullnessOfFilesystems,
  fullnessOfVolumes,
  nodeDisks,
  realCards,
  realContainers,
  realFilesystems,
  throttled,
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
