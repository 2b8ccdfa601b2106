export { anyIsBad, filling, oneIsWell, realContainers, share, shareIsBad } from './common.ts'
export { commonTag, type DashboardDefinition, defineDashboard, type Row } from './dashboard.ts'
export {
  bars,
  gauge,
  graph,
  type PanelOptions,
  type Piece,
  pie,
  type Query,
  stat,
  type TableOptions,
  type Threshold,
  table,
} from './panels.ts'
export {
  type AnyVariable,
  datasource,
  namespaceVariable,
  nodeVariable,
  podVariable,
  type QueryVariable,
  type TextVariable,
} from './variables.ts'
