import { type Dashboard, type Panel, queryPanels } from './model/dashboard.ts'
import { interpolate, type View } from './model/interpolate.ts'
import type { QueryAnswer, RawSeries } from './model/series.ts'
import { choices, type ResolvedVariable, resolveVariables, type VariableSource } from './model/variables.ts'

/** Prometheus' HTTP API, however it is reached: through Grafana's datasource, or by itself. */
export interface PrometheusApi {
  /** GET below `/api/v1/`: the `data` of the answer. Throws with Prometheus' own words. */
  get<T>(path: string): Promise<T>
}

/** Variables from Prometheus' API, within the time of a view. */
export function variableSource(prometheus: PrometheusApi, { from, to }: View): VariableSource {
  const time = { start: from, end: to }
  return {
    labelValues: (label, match) =>
      prometheus.get(`label/${label}/values?${parametersOf({ ...time, ...(match && { 'match[]': match }) })}`),
    labelNames: () => prometheus.get(`labels?${parametersOf(time)}`),
    async query(promql) {
      const { result } = await prometheus.get<{ result: readonly RawSeries[] }>(
        `query?${parametersOf({ query: promql, time: to })}`,
      )
      return result.map(writtenSeries)
    },
  }
}

function parametersOf(parameters: Readonly<Record<string, string | number>>): string {
  return new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString()
}

function writtenSeries({ metric: { __name__: name = '', ...labels }, value }: RawSeries): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`)
  return `${name}{${pairs.join(',')}} ${value?.[1]} ${(value?.[0] ?? 0) * 1000}`
}

/** One query of one panel, with its variables filled in. */
export interface PanelQuery {
  readonly panel: Panel
  readonly row: string | undefined
  readonly refId: string
  readonly expr: string
  readonly instant: boolean
}

/** All queries of a dashboard for what is chosen of its variables. */
export function panelQueries(dashboard: Dashboard, resolved: readonly ResolvedVariable[], view: View): PanelQuery[] {
  const chosen = choices(resolved)
  return queryPanels(dashboard).flatMap(({ panel, row, targets }) =>
    targets.map((target, n) => ({
      panel,
      row,
      refId: target.refId ?? String.fromCharCode(65 + n),
      expr: interpolate(target.expr, chosen, view),
      instant: Boolean(target.instant),
    })),
  )
}

/** Asks one query. A query that fails is an answer with Prometheus' words, not an error. */
export async function runQuery(prometheus: PrometheusApi, query: PanelQuery, view: View): Promise<QueryAnswer> {
  const { refId, expr, instant } = query
  const parameters: Readonly<Record<string, string | number>> = instant
    ? { query: expr, time: view.to }
    : { query: expr, start: view.from, end: view.to, step: view.step }
  try {
    const path = `${instant ? 'query' : 'query_range'}?${parametersOf(parameters)}`
    const { resultType, result } = await prometheus.get<Pick<QueryAnswer, 'resultType' | 'result'>>(path)
    return { refId, expr, resultType, result: resultType === 'scalar' ? [scalar(result)] : result }
  } catch (error) {
    return { refId, expr, resultType: 'vector', result: [], error: (error as Error).message }
  }
}

/** A scalar comes as one point without labels. */
function scalar(point: unknown): RawSeries {
  return { metric: {}, value: point as readonly [number, string] }
}

/** A dashboard with everything that its panels' queries answered. */
export interface QueriedDashboard {
  readonly dashboard: Dashboard
  readonly resolved: readonly ResolvedVariable[]
  readonly queries: readonly { readonly query: PanelQuery; readonly answer: QueryAnswer; readonly ms: number }[]
}

/**
 * Asks every query of a dashboard, several at a time.
 *
 * @param wanted values of variables by name; what is not named is as the dashboard itself has it
 * @param together how many queries are under way at most
 */
export async function queryDashboard(
  prometheus: PrometheusApi,
  dashboard: Dashboard,
  view: View,
  {
    wanted = {},
    together = 8,
  }: { readonly wanted?: Readonly<Record<string, readonly string[]>>; readonly together?: number } = {},
): Promise<QueriedDashboard> {
  const resolved = await resolveVariables(dashboard, variableSource(prometheus, view), view, wanted)
  const all = panelQueries(dashboard, resolved, view)
  const queries: QueriedDashboard['queries'][number][] = []
  let next = 0
  const work = async () => {
    for (let n = next++; n < all.length; n = next++) {
      const query = all[n]
      if (!query) continue
      const started = performance.now()
      const answer = await runQuery(prometheus, query, view)
      queries[n] = { query, answer, ms: performance.now() - started }
    }
  }
  await Promise.all(Array.from({ length: Math.min(together, all.length) }, work))
  return { dashboard, resolved, queries }
}

/** The answers by the panel's id, as drawing wants them. */
export function answersByPanel({ queries }: QueriedDashboard): Record<string, QueryAnswer[]> {
  const byPanel: Record<string, QueryAnswer[]> = {}
  for (const { query, answer } of queries) {
    const id = String(query.panel.id)
    byPanel[id] = [...(byPanel[id] ?? []), answer]
  }
  return byPanel
}
