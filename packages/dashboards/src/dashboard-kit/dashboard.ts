import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import type { PanelBuilder } from './panels.ts'
import { type AnyVariable, variable } from './variables.ts'

/** A row of panels, from left to right, 24 columns per line. */
export interface Row {
  readonly title: string
  readonly panels: readonly PanelBuilder[]
}

export interface DashboardDefinition {
  /** Must not change after a release, because links and checks use it. Also the name of the file. */
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly tags: readonly string[]
  readonly variables?: readonly AnyVariable[]
  readonly rows: readonly Row[]
}

/** The tag of all dashboards, by which they link to each other. */
export const commonTag = 'observable-platform'

/** Builds a dashboard: ids in order, positions from the panels' sizes. The output is deterministic. */
export function defineDashboard(definition: DashboardDefinition): Dashboard {
  const { uid, title, description, tags, variables = [], rows } = definition
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([commonTag, ...tags])
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .link(linkTo(commonTag, 'All dashboards'))
  for (const tag of tags) builder.link(linkTo(tag, `Dashboards: ${tag}`))
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

/** A link to the dashboards with a tag; it keeps the time range and the variables. */
function linkTo(tag: string, title: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true)
}
