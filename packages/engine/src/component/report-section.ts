import type { ProofContext } from './proof-context.ts'

/** A component's table in the report, as plain data. */
export interface ReportSection {
  /** Unique in the report; the anchor of its heading. */
  readonly id: string
  readonly title: string
  /** What the table shows, in one or two sentences. */
  readonly note?: string
  readonly columns: readonly ReportColumn[]
  readonly rows: readonly ReportRow[]
}

export interface ReportColumn {
  readonly name: string
  /** Grafana's unit id for numbers: `bytes`, `percentunit`. */
  readonly unit?: string
}

export interface ReportRow {
  readonly cells: readonly (string | number | null)[]
  /** Highlights the row. */
  readonly state?: 'failed' | 'warning'
}

/** What a component's optional src/report.ts exports as `sections`. */
export type ReportSections = (context: ProofContext) => Promise<readonly ReportSection[]>
