export { type ComponentCheck, defineChecks } from './check.ts'
export {
  type Component,
  defineComponent,
  type Endpoint,
  type ExternalInputs as Supplies,
  type ExternalInputsContext as SuppliesInput,
  type OverlayValues,
  type Page,
  type Values,
  type ValuesInput,
} from './component.ts'
export { type Drill, defineDrills, type Fault, type MadeFault, type Mutation, type Restart } from './drill.ts'
export type { HttpAnswer, HttpRequest, PrometheusClient, ProofContext, Sample } from './proof-context.ts'
export type { ReportColumn, ReportRow, ReportSection, ReportSections } from './report-section.ts'
export type { SecretChange, SecretDefinition, SecretKey } from './secret.ts'
export { componentUnit } from './unit.ts'
