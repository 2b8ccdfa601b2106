import type { ProofContext } from './proof-context.ts'

/** A table of a component in the report: plain data. */
export interface ReportSection {
  /** Unique in the report: the anchor of its heading. */
  readonly id: string
  readonly title: string
  /** What it says, in one sentence or two. */
  readonly note?: string
  readonly columns: readonly ReportColumn[]
  readonly rows: readonly ReportRow[]
}

export interface ReportColumn {
  readonly name: string
  /** Grafana's id of a unit, for numbers: `bytes`, `percentunit`. */
  readonly unit?: string
}

export interface ReportRow {
  readonly cells: readonly (string | number | null)[]
  /** How the row stands out. */
  readonly state?: 'failed' | 'warning'
}

/** What a component's src/report.ts exports as `sections`, where it has one. */
export type ReportSections = (context: ProofContext) => Promise<readonly ReportSection[]>
