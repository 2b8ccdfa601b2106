/**
 * The parts of a Grafana dashboard's JSON (schema version 36 to 42) that decide what is asked and how it is drawn.
 * All other fields are kept as they are. Field names are Grafana's own.
 */
export interface Dashboard {
  readonly uid?: string
  readonly title: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly schemaVersion?: number
  readonly refresh?: string
  readonly time?: { readonly from: string; readonly to: string }
  readonly templating?: { readonly list?: readonly Variable[] }
  readonly panels?: readonly Panel[]
  readonly links?: readonly DashboardLink[]
}

export interface DashboardLink {
  readonly title?: string
  readonly type?: string
  readonly url?: string
  readonly tags?: readonly string[]
}

export interface Variable {
  readonly name: string
  readonly type: string
  readonly label?: string | null
  /** `label_values(up, job)`; newer dashboards have an object with the text in `query`. */
  readonly query?: string | { readonly query?: string }
  readonly datasource?: DatasourceReference
  readonly regex?: string
  readonly sort?: number
  readonly multi?: boolean
  readonly includeAll?: boolean
  readonly allValue?: string | null
  readonly hide?: number
  readonly current?: { readonly text?: string | readonly string[]; readonly value?: string | readonly string[] }
  readonly options?: readonly { readonly text?: string; readonly value?: string }[]
}

export type DatasourceReference = string | null | { readonly type?: string; readonly uid?: string }

export interface GridPosition {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

export interface Panel {
  readonly id?: number
  readonly type: string
  readonly title?: string
  readonly description?: string
  readonly gridPos?: GridPosition
  readonly datasource?: DatasourceReference
  readonly targets?: readonly Target[]
  readonly fieldConfig?: { readonly defaults?: FieldConfig; readonly overrides?: readonly Override[] }
  readonly options?: Readonly<Record<string, unknown>>
  readonly transformations?: readonly { readonly id: string; readonly options?: unknown }[]
  readonly maxDataPoints?: number | null
  readonly interval?: string | null
  readonly collapsed?: boolean
  /** Of a collapsed row: the panels below it. */
  readonly panels?: readonly Panel[]
}

export interface Target {
  readonly refId?: string
  readonly expr?: string
  readonly legendFormat?: string
  readonly format?: string
  readonly instant?: boolean
  readonly range?: boolean
  readonly hide?: boolean
  readonly interval?: string
  readonly datasource?: DatasourceReference
}

export interface Threshold {
  readonly color: string
  readonly value: number | null
}

export interface FieldConfig {
  readonly unit?: string
  readonly decimals?: number | null
  readonly min?: number | null
  readonly max?: number | null
  readonly displayName?: string
  readonly noValue?: string
  readonly color?: { readonly mode?: string; readonly fixedColor?: string }
  readonly thresholds?: { readonly mode?: string; readonly steps?: readonly Threshold[] }
  readonly mappings?: readonly unknown[]
  readonly custom?: Readonly<Record<string, unknown>>
}

export interface Override {
  readonly matcher: { readonly id: string; readonly options?: unknown }
  readonly properties: readonly { readonly id: string; readonly value?: unknown }[]
}

/** A panel that asks something, and where it stands. */
export interface QueryPanel {
  readonly panel: Panel
  /** The title of the row above it, if there is one. */
  readonly row: string | undefined
  readonly targets: readonly (Target & { readonly expr: string })[]
}

/** All panels in the order in which they are read, those of collapsed rows too; rows themselves are left out. */
export function allPanels(dashboard: Dashboard): { readonly panel: Panel; readonly row: string | undefined }[] {
  let row: string | undefined
  return (dashboard.panels ?? []).flatMap((panel) => {
    if (panel.type !== 'row') return [{ panel, row }]
    row = panel.title
    return (panel.panels ?? []).map((below) => ({ panel: below, row: panel.title }))
  })
}

/** The panels with queries, each with those that are not switched off. */
export function queryPanels(dashboard: Dashboard): QueryPanel[] {
  return allPanels(dashboard).flatMap(({ panel, row }) => {
    const targets = (panel.targets ?? []).flatMap((target) =>
      target.expr && !target.hide ? [{ ...target, expr: target.expr }] : [],
    )
    return targets.length ? [{ panel, row, targets }] : []
  })
}
