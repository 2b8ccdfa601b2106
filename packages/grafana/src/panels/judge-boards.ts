import { allPanels, type Dashboard, type Panel, queryText } from '@platform/panels'
import { type KnownDatasource, readDashboard } from '@platform/panels/file'
import type { ProvedDashboard } from '@platform/panels/proof'

/** Panels that show something without asking a datasource. */
const askNobody: ReadonlySet<string> = new Set([
  ...['row', 'text', 'dashlist', 'alertlist', 'annolist', 'news', 'welcome', 'gettingstarted'],
])

/**
 * What is wrong with dashboards that their queries can't tell, each in a line: a panel that asks nothing, one that asks a
 * datasource which is not there, a variable that offers nothing.
 *
 * @param datasources those that Grafana has
 */
export function judgeBoards(
  boards: readonly Pick<ProvedDashboard, 'dashboard' | 'withoutValues'>[],
  datasources: readonly KnownDatasource[],
): string[] {
  return boards.flatMap(({ dashboard, withoutValues }) => {
    const { problems } = readDashboard(JSON.stringify(dashboard), datasources)
    const lines = [
      ...problems,
      ...silentPanels(dashboard).map(({ title, id }) => `“${title || `panel ${id}`}” asks nothing: it has no query`),
      ...withoutValues.map(({ variable }) => `$${variable.name}: ${queryText(variable)} offers nothing`),
    ]
    return lines.map((line) => `${dashboard.title} (${dashboard.uid}), ${line}`)
  })
}

function silentPanels(dashboard: Dashboard): Panel[] {
  return allPanels(dashboard).flatMap(({ panel }) => {
    const asks = (panel.targets ?? []).some(({ expr, hide }) => expr && !hide)
    return asks || askNobody.has(panel.type) || asksAnotherPanel(panel) ? [] : [panel]
  })
}

/** Its data is that of another panel's queries, which are asked there. */
function asksAnotherPanel({ datasource, targets = [] }: Panel): boolean {
  return [datasource, ...targets.map((target) => target.datasource)].some(
    (source) => (typeof source === 'string' ? source : source?.uid) === '-- Dashboard --',
  )
}
