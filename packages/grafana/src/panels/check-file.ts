import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { allPanels, type PrometheusApi, queryText, type View } from '@platform/panels'
import { type KnownDatasource, readDashboard } from '@platform/panels/file'
import { metricsOf } from '@platform/panels/promql'
import { diagnose, inParallel, type ProvedDashboard, proveDashboards } from '@platform/panels/proof'
import { viewsAt } from './views.ts'

export interface OpenedGrafana {
  readonly prometheus: PrometheusApi
  readonly datasources: readonly KnownDatasource[]
}

/** What one query of a panel shows, and of what shows nothing why. */
export interface QueryReport {
  readonly refId: string
  /** As it was asked. */
  readonly expr: string
  readonly state: 'data' | 'no data' | 'query error'
  /** Of one with data: why this is not its own series'. */
  readonly cause?: string
  /** Asked in its place, and has data. */
  readonly suggestion?: string
}

export interface PanelReport {
  readonly title: string
  readonly type: string
  readonly row?: string
  /** `not asked`: it has no query of Prometheus. */
  readonly state: QueryReport['state'] | 'not queried'
  readonly queries: readonly QueryReport[]
}

export interface FileReport {
  readonly file: string
  readonly title?: string
  /** What can't be used, each with its place. */
  readonly problems: readonly string[]
  readonly panels: readonly PanelReport[]
  /** Variables that offer nothing, each with why. */
  readonly variables: readonly string[]
}

const together = 8

/** Asks every panel of a dashboard's file. What can't be used of it is told; the rest goes on. */
export async function checkFile(
  { prometheus, datasources }: OpenedGrafana,
  { file, folder }: { readonly file: string; readonly folder: string },
): Promise<FileReport> {
  const none = { panels: [], variables: [] }
  let text: string
  try {
    text = readFileSync(resolve(folder, file), 'utf8')
  } catch (error) {
    return { file, problems: [`can't be read: ${(error as Error).message}`], ...none }
  }
  const { dashboard, problems } = readDashboard(text, datasources)
  if (!dashboard) return { file, problems, ...none }
  const { view, chosenView } = viewsAt(Date.now() / 1000)
  const { dashboards } = await proveDashboards(prometheus, [dashboard], { view, chosenView, values: 0, together })
  const [proved] = dashboards
  if (!proved) return { file, title: dashboard.title, problems, ...none }
  return {
    ...{ file, title: dashboard.title, problems },
    panels: await panelReports(prometheus, proved, view),
    variables: await variableReports(prometheus, proved, view),
  }
}

async function panelReports(prometheus: PrometheusApi, proved: ProvedDashboard, view: View): Promise<PanelReport[]> {
  const told = await inParallel(proved.asOpened, together, async ({ query, shown, error }): Promise<QueryReport> => {
    const { refId, expr, instant } = query
    if (shown === 'data') {
      const cause = await whyZero(prometheus, expr, view)
      return { refId, expr, state: 'data', ...(cause && { cause }) }
    }
    const { cause, suggestion: works } = await diagnose(prometheus, { expr, instant, ...(error && { error }) }, view)
    const state = shown === 'error' ? 'query error' : 'no data'
    return { refId, expr, state, cause, ...(works && { suggestion: works }) }
  })
  return allPanels(proved.dashboard).map(({ panel, row }) => {
    const queries = told.filter((_, n) => proved.asOpened[n]?.query.panel === panel)
    const worst = ['query error', 'no data', 'data'].find((state) => queries.some((each) => each.state === state))
    return {
      ...{ title: panel.title || `panel ${panel.id}`, type: panel.type, ...(row && { row }), queries },
      state: (worst ?? 'not queried') as PanelReport['state'],
    }
  })
}

/** What ends in `or vector(0)` always shows something: whether its own series are there is asked apart. */
export async function whyZero(
  prometheus: PrometheusApi,
  expr: string,
  { to }: Pick<View, 'to'>,
): Promise<string | undefined> {
  if (!/\bor\s+vector\(\s*[\d.]+\s*\)[\s)]*$/.test(expr)) return undefined
  const names = metricsOf(expr).flatMap(({ name }) => (name ? [name] : []))
  const gone = await inParallel(names, together, async (name) => {
    const query = `count({__name__=${JSON.stringify(name)}})`
    const { result } = await prometheus.get<{ result: readonly unknown[] }>(
      `query?${new URLSearchParams({ query, time: String(to) })}`,
    )
    return result.length ? [] : [name]
  })
  const all = gone.flat()
  return all.length ? `what is behind “or” is shown, for there is no series ${all.join(', ')}` : undefined
}

/** The metric of `label_values(metric, label)` may be gone, or its label. */
async function variableReports(prometheus: PrometheusApi, { withoutValues }: ProvedDashboard, view: View) {
  return inParallel(withoutValues, together, async ({ variable }) => {
    const text = queryText(variable)
    const [, series, label = ''] = /^label_values\(\s*(?:(.+),\s*)?(\w+)\s*\)\s*$/s.exec(text) ?? []
    if (!series) return `$${variable.name}: ${text} offers nothing`
    const expr = `count by (${label}) (${series})`
    const { cause, suggestion: works } = await diagnose(prometheus, { expr, instant: true }, view)
    return `$${variable.name}: ${text} offers nothing: ${cause}${works ? `; this has data: ${works}` : ''}`
  })
}
