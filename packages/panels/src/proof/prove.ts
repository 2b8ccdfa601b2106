import { allPanels, type Dashboard } from '../model/dashboard.ts'
import type { View } from '../model/interpolate.ts'
import { type ResolvedVariable, resolveVariables } from '../model/variables.ts'
import { type PanelQuery, type PrometheusApi, panelQueries, runQuery, variableSource } from '../query.ts'
import { type Shown, shownBy } from './data.ts'
import { inParallel } from './pool.ts'

/** What one query of a panel showed. */
export interface ProvedQuery {
  readonly query: PanelQuery
  readonly shown: Shown | 'error'
  /** Prometheus' words, when it is an error. */
  readonly error?: string
  readonly ms: number
}

/** A query with one value of one variable, all others as the dashboard has them. */
export interface ChosenQuery extends ProvedQuery {
  readonly variable: string
  readonly value: string
}

export interface ProvedDashboard {
  readonly dashboard: Dashboard
  readonly panels: number
  /** Variables that offer nothing. */
  readonly withoutValues: readonly ResolvedVariable[]
  /** As the dashboard opens. */
  readonly asOpened: readonly ProvedQuery[]
  readonly chosen: readonly ChosenQuery[]
}

export interface Proof {
  readonly dashboards: readonly ProvedDashboard[]
  /** Queries that were asked; what is the same in two places is asked once. */
  readonly asked: number
  readonly together: number
  readonly ms: number
  readonly slowest: { readonly ms: number; readonly expr: string } | undefined
}

export interface ProofOptions {
  /** Of the queries as the dashboards open. */
  readonly view: View
  /** Of those with one value chosen: that it shows something is the question, not since when. */
  readonly chosenView: View
  /** Values of one variable that are tried always, the first ones; 0: none. */
  readonly values: number
  /** Queries in flight at most. */
  readonly together: number
}

interface Asking {
  readonly query: PanelQuery
  readonly view: View
}

/**
 * Asks every query of every panel, as the dashboards open and with each value of each variable that is filled from
 * Prometheus, one at a time up to a bound. What a person types in (textbox, custom) stays as it is.
 */
export async function proveDashboards(
  prometheus: PrometheusApi,
  dashboards: readonly Dashboard[],
  options: ProofOptions,
): Promise<Proof> {
  const started = performance.now()
  const { view, chosenView, together } = options
  const once = askedOnce(prometheus)
  const planned = await inParallel(dashboards, together, (dashboard) => planOf(once, dashboard, options))
  const answers = new Map<string, { shown: ProvedQuery['shown']; error?: string; ms: number }>()
  const ask = async (query: PanelQuery, at: View) => {
    const key = keyOf(query, at)
    if (answers.has(key)) return
    const began = performance.now()
    const answer = await runQuery(prometheus, query, at)
    const shown = answer.error === undefined ? shownBy(answer, at) : 'error'
    answers.set(key, { shown, ...(answer.error && { error: answer.error }), ms: performance.now() - began })
  }
  const askings = new Map<string, Asking>()
  const add = (query: PanelQuery, at: View) => askings.set(keyOf(query, at), { query, view: at })
  for (const { asOpened } of planned) for (const query of asOpened) add(query, view)
  for (const { chosen } of planned) {
    for (const { query, late } of chosen) {
      // What is the same with all values chosen is asked once.
      if (!late && !askings.has(keyOf(query, view))) add(query, chosenView)
    }
  }
  await inParallel([...askings.values()], together, ({ query, view: at }) => ask(query, at))
  const showsData = (query: PanelQuery) => answers.get(keyOf(query, chosenView))?.shown === 'data'
  // Where none of the first values shows anything the others are tried, until one does.
  await inParallel(
    planned.flatMap(({ chosen }) => groupsOf(chosen)),
    together,
    async (group) => {
      for (const { query, late } of group) {
        if (late && group.some((each) => showsData(each.query))) return
        if (late) await ask(query, chosenView)
      }
    },
  )
  const found = (query: PanelQuery, ...views: readonly View[]): ProvedQuery => {
    const answer = views.map((at) => answers.get(keyOf(query, at))).find(Boolean)
    return { query, shown: 'empty', ms: 0, ...answer }
  }
  const slowest = [...answers].reduce<Proof['slowest']>((most, [key, { ms }]) => {
    return most && most.ms > ms ? most : { ms, expr: key.replace(/^instant |^from \d+ /, '') }
  }, undefined)
  return {
    ...{ asked: answers.size, together, slowest, ms: performance.now() - started },
    dashboards: planned.map(({ dashboard, withoutValues, asOpened, chosen }) => ({
      ...{ dashboard, withoutValues, panels: allPanels(dashboard).length },
      asOpened: asOpened.map((query) => found(query, view)),
      chosen: chosen
        .filter(({ query }) => answers.has(keyOf(query, view)) || answers.has(keyOf(query, chosenView)))
        .map(({ query, variable, value }) => ({ ...found(query, view, chosenView), variable, value })),
    })),
  }
}

interface Planned {
  readonly dashboard: Dashboard
  readonly withoutValues: readonly ResolvedVariable[]
  readonly asOpened: readonly PanelQuery[]
  readonly chosen: readonly Choosing[]
}

interface Choosing {
  readonly query: PanelQuery
  readonly variable: string
  readonly value: string
  /** Beyond the first ones: asked only where those show nothing. */
  readonly late: boolean
}

/** The same query of the same panel with the values of one variable. */
function groupsOf(chosen: readonly Choosing[]): Choosing[][] {
  const groups = new Map<string, Choosing[]>()
  for (const each of chosen) {
    const key = `${each.variable} ${each.query.panel.id} ${each.query.refId}`
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return [...groups.values()]
}

/** Values of one variable that are looked through for one that shows something. */
const mostValues = 40

async function planOf(
  prometheus: PrometheusApi,
  dashboard: Dashboard,
  { view, chosenView, values }: ProofOptions,
): Promise<Planned> {
  const source = variableSource(prometheus, view)
  const resolved = await resolveVariables(dashboard, source, view)
  const asOpened = panelQueries(dashboard, resolved, view)
  const texts = panelQueries(dashboard, resolved, chosenView).map(({ expr }) => expr)
  const filled = resolved.filter(({ variable }) => variable.type === 'query')
  const chosen: Planned['chosen'][number][] = []
  for (const { variable, options } of filled) {
    for (const [place, value] of options.slice(0, values && mostValues).entries()) {
      const narrowed = await resolveVariables(dashboard, source, view, { [variable.name]: [value] })
      panelQueries(dashboard, narrowed, chosenView).forEach((query, n) => {
        // The same places in the same order: what the value changes nothing of says nothing about it.
        if (query.expr !== texts[n]) chosen.push({ query, variable: variable.name, value, late: place >= values })
      })
    }
  }
  return { dashboard, withoutValues: filled.filter(({ options }) => !options.length), asOpened, chosen }
}

function keyOf({ instant, expr }: PanelQuery, { from }: View): string {
  return instant ? `instant ${expr}` : `from ${from} ${expr}`
}

/** Dashboards share variables: each is asked for once. */
function askedOnce(prometheus: PrometheusApi): PrometheusApi {
  const known = new Map<string, Promise<unknown>>()
  return {
    get<T>(path: string): Promise<T> {
      const answer = known.get(path) ?? prometheus.get<T>(path)
      known.set(path, answer)
      return answer as Promise<T>
    },
  }
}
