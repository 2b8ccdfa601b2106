export { type ComponentCheck, defineChecks } from './component/check.ts'
export {
  type Component,
  defineComponent,
  type ExternalInputs,
  type ExternalInputsContext,
  type OverlayValues,
  type Page,
  type ValuesInput,
} from './component/component.ts'
export {
  type ActiveFault,
  type Drill,
  defineDrills,
  type Fault,
  type Mutation,
  type Restart,
} from './component/drill.ts'
export type { Endpoint, Values } from './component/identity.ts'
export type {
  HttpRequest,
  HttpResponse,
  PrometheusClient,
  ProofContext,
  Sample,
} from './component/proof-context.ts'
export type { ReportColumn, ReportRow, ReportSection, ReportSections } from './component/report-section.ts'
export type { SecretChange, SecretDefinition, SecretKey } from './component/secret.ts'
export { componentUnit } from './unit.ts'
