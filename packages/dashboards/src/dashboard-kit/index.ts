export { type DashboardDefinition, defineDashboard, type Row } from './dashboard.ts'
export {
  bars,
  gauge,
  graph,
  type PanelOptions,
  type Piece,
  pie,
  type Query,
  stat,
  type Threshold,
  table,
} from './panels.ts'
export { datasource, namespaceVariable, type QueryVariable } from './variables.ts'
