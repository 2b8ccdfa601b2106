import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type Panel,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import type { Piece } from './panels.ts'
import { type QueryVariable, variable } from './variables.ts'

/** Panels under one heading, from left to right, 24 columns a line. */
export interface Row {
  readonly title: string
  readonly panels: readonly Piece[]
}

/** A dashboard as data. */
export interface DashboardDefinition {
  /** Never changed once it is out: links and the proofs name it. Also the file's name. */
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly tags: readonly string[]
  readonly variables?: readonly QueryVariable[]
  readonly rows: readonly Row[]
}

/** Lays a dashboard out: ids in order, positions from the panels' sizes. The same definition gives the same bytes. */
export function defineDashboard(definition: DashboardDefinition): Dashboard {
  const { uid, title, description, tags, variables = [], rows } = definition
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['observable-platform', ...tags])
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
  for (const each of variables) builder.withVariable(variable(each))
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title))
    for (const panel of row.panels) builder.withPanel(panel)
  }
  const built = builder.build()
  built.panels?.forEach((panel, n) => {
    ;(panel as Panel).id = n + 1
  })
  return built
}
