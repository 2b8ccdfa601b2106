import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import type { Piece } from './panels.ts'
import { type AnyVariable, variable } from './variables.ts'

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
  readonly variables?: readonly AnyVariable[]
  readonly rows: readonly Row[]
}

/** What all dashboards carry, so that each finds the others. */
export const commonTag = 'observable-platform'

/** Lays a dashboard out: ids in order, positions from the panels' sizes. The same definition gives the same bytes. */
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
  for (const tag of tags) builder.link(linkTo(tag, `About ${tag}`))
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

/** The dashboards of a tag, with the time and the choices of this one. */
function linkTo(tag: string, title: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true)
}
