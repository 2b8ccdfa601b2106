import type { View } from '../model/interpolate.ts'
import type { RawSeries } from '../model/series.ts'
import { type Matcher, readPromql, type UsedMetric } from '../promql.ts'
import type { PrometheusApi } from '../query.ts'
import { runQuery } from '../query.ts'
import { newLabels, newNameOf, whyGone } from '../renames/index.ts'
import { shownBy } from './data.ts'
import { type Rewriting, rewritePromql } from './rewrite.ts'

/** A query that failed or shows nothing. */
export interface SilentQuery {
  readonly expr: string
  readonly instant: boolean
  /** Prometheus' words. */
  readonly error?: string
}

export interface Diagnosis {
  /** The likely cause, in one line. */
  readonly cause: string
  /** A query that was asked in its place, and has data. */
  readonly suggestion?: string
}

/** Of what Prometheus says: series that stand twice are told with all their labels. */
const longest = 240

interface Finding {
  readonly said: string[]
  readonly metrics: Record<string, NonNullable<Rewriting['metrics']>[string]>
  readonly labels: Record<string, Record<string, string>>
  /** Matchers that nothing fits, as `metric{label op value}`. */
  readonly unfit: Set<string>
}

/** Asks Prometheus why a query has nothing to show: which metric is gone, which label, which value. */
export async function diagnose(prometheus: PrometheusApi, query: SilentQuery, view: View): Promise<Diagnosis> {
  const { metrics, problem } = readPromql(query.expr)
  if (problem) return { cause: `can't be read at line ${problem.line}, column ${problem.column}: ${problem.message}` }
  const finding: Finding = { said: [], metrics: {}, labels: {}, unfit: new Set() }
  const facts = factsOf(prometheus, view)
  for (const metric of metrics) if (metric.name) await examine(metric, facts, finding)
  const { said } = finding
  const works = await firstThatShows(prometheus, query, view, finding)
  const left = query.error ? [] : ['every series that it asks for is there: what it computes of them is nothing']
  return {
    cause: [query.error?.replace(/\s+/g, ' ').slice(0, longest), ...(said.length ? said : left)]
      .filter(Boolean)
      .join('; '),
    ...(works && { suggestion: works }),
  }
}

async function examine(metric: UsedMetric, facts: Facts, finding: Finding): Promise<void> {
  const { name } = metric
  let series = await facts.seriesOf(name)
  let now = name
  const moved: Record<string, string> = {}
  let rewritten: string | undefined
  if (!series.length) {
    const other = newNameOf(name)
    const why = whyGone(name)
    if (!other) {
      finding.said.push(`there is no series ${name}${why ? `: ${why}` : ''}`)
      return
    }
    series = await facts.seriesOf(other.name)
    const { with: added, labels = {}, times, quantiles, bounds } = other.rename
    const told = Object.entries(added ?? {}).map(([label, value]) => `${label}="${value}"`)
    const full = `${other.name}${told.length ? `{${told.join(', ')}}` : ''}`
    const how = quantiles ? ', of which quantiles are computed' : ''
    finding.said.push(`${name} is ${full}${how} ${other.since}${series.length ? '' : ', and there is none of it'}`)
    if (!series.length) return
    finding.metrics[name] = {
      name: other.name,
      ...(added && { with: added }),
      ...(times && { times }),
      ...(quantiles && { quantiles }),
      ...(bounds && { bounds }),
    }
    // Written anew with the name: as they stand they fit nothing.
    if (quantiles) rewritten = 'quantile'
    if (bounds) rewritten = 'le'
    Object.assign(moved, labels)
    now = other.name
  }
  const carried = new Set(series.flatMap((each) => Object.keys(each)))
  for (const label of metric.labels) {
    if (label === '__name__' || label === rewritten || carried.has(label)) continue
    const known = moved[label] ? [{ label: moved[label], since: '' }] : newLabels(now, label)
    const fitting = known.find((each) => carried.has(each.label))
    if (!fitting) {
      finding.said.push(`no series of ${now} has the label ${label}`)
      for (const each of metric.matchers) if (each.label === label) finding.unfit.add(unfit(name, each))
      continue
    }
    if (fitting.since) finding.said.push(`the label ${label} of ${now} is ${fitting.label} ${fitting.since}`)
    finding.labels[name] = { ...finding.labels[name], [label]: fitting.label }
  }
  const matchers = metric.matchers.filter(({ label }) => label !== rewritten)
  await examineMatchers({ metric: { ...metric, matchers }, now, series, carried }, facts, finding)
}

async function examineMatchers(
  {
    metric: { name, matchers },
    now,
    series,
    carried,
  }: {
    readonly metric: UsedMetric
    readonly now: string
    readonly series: readonly Labels[]
    readonly carried: ReadonlySet<string>
  },
  facts: Facts,
  finding: Finding,
): Promise<void> {
  const written: string[] = []
  const before = finding.unfit.size
  for (const matcher of matchers) {
    const label = finding.labels[name]?.[matcher.label] ?? matcher.label
    if (!carried.has(label)) continue
    const text = `${label}${matcher.op}${JSON.stringify(matcher.value)}`
    if (await facts.has(now, [text])) {
      written.push(text)
      continue
    }
    finding.unfit.add(unfit(name, matcher))
    const values = [...new Set(series.map((each) => each[label] ?? ''))].filter(Boolean).sort()
    const shown = values.slice(0, 5).map((value) => JSON.stringify(value))
    finding.said.push(
      `no series of ${now} fits ${text}; there are ${shown.join(', ')}${values.length > 5 ? ', …' : ''}`,
    )
  }
  // Matchers of two places are one list here: that nothing fits both says nothing.
  const once = new Set(matchers.map(({ label }) => label)).size === matchers.length
  if (once && written.length > 1 && finding.unfit.size === before && !(await facts.has(now, written))) {
    finding.said.push(`no series of ${now} fits all of ${written.join(', ')}`)
  }
}

function unfit(metric: string, { label, op, value }: Matcher): string {
  return `${metric}{${label}${op}${value}}`
}

/** Renames alone first; then without what nothing fits. Only what was asked and shows something is told. */
async function firstThatShows(
  prometheus: PrometheusApi,
  { expr, instant }: SilentQuery,
  view: View,
  { metrics, labels, unfit: none }: Finding,
): Promise<string | undefined> {
  const renamed = rewritePromql(expr, { metrics, labels })
  const without = rewritePromql(expr, {
    ...{ metrics, labels },
    drop: (metric, matcher) => none.has(unfit(metric, matcher)),
  })
  for (const candidate of new Set([renamed, without])) {
    if (candidate === expr) continue
    const answer = await runQuery(prometheus, { expr: candidate, instant, refId: 'A', row: undefined, panel }, view)
    if (!answer.error && shownBy(answer, view) === 'data') return candidate
  }
  return undefined
}

const panel = { type: 'timeseries' } as const

type Labels = Readonly<Record<string, string>>

interface Facts {
  /** The series of a metric at the end of the view, some hundreds at most; none: there is no such metric. */
  seriesOf(metric: string): Promise<readonly Labels[]>
  /** Whether any series of a metric fits these matchers. */
  has(metric: string, matchers: readonly string[]): Promise<boolean>
}

const someSeries = 500

function factsOf(prometheus: PrometheusApi, { to }: View): Facts {
  const known = new Map<string, Promise<readonly Labels[]>>()
  const ask = async (query: string, limit: number) => {
    const parameters = new URLSearchParams({ query, time: String(to), limit: String(limit) })
    const { result } = await prometheus.get<{ result: readonly RawSeries[] }>(`query?${parameters}`)
    return result.map(({ metric }) => metric)
  }
  const named = (metric: string) => `__name__=${JSON.stringify(metric)}`
  return {
    seriesOf(metric) {
      const found = known.get(metric) ?? ask(`{${named(metric)}}`, someSeries)
      known.set(metric, found)
      return found
    },
    has: async (metric, matchers) => (await ask(`{${[named(metric), ...matchers].join(', ')}}`, 1)).length > 0,
  }
}
