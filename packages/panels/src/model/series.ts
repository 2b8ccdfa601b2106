import type { FieldConfig, Override, Panel, Target } from './dashboard.ts'

/** What Prometheus answered to one query of a panel, as its HTTP API has it. */
export interface QueryAnswer {
  readonly refId: string
  /** The query as it was asked, variables filled in. */
  readonly expr: string
  readonly resultType: 'matrix' | 'vector' | 'scalar' | 'string'
  readonly result: readonly RawSeries[]
  /** How many series were left out of `result`. */
  readonly more?: number
  /** Prometheus' own words when it failed; there is no result then. */
  readonly error?: string
}

export interface RawSeries {
  readonly metric: Readonly<Record<string, string>>
  /** Of a matrix: `[seconds since 1970, "number"]`. */
  readonly values?: readonly (readonly [number, string])[]
  /** Of a vector. */
  readonly value?: readonly [number, string]
}

/** One line of a graph, or one number of a stat. */
export interface Series {
  readonly name: string
  readonly refId: string
  readonly labels: Readonly<Record<string, string>>
  /** Seconds since 1970. */
  readonly times: readonly number[]
  readonly values: readonly (number | null)[]
  /** The panel's field options with the overrides that fit this series. */
  readonly config: FieldConfig
}

/** The series of a panel's answers, named by their legends. */
export function seriesOf(panel: Panel, answers: readonly QueryAnswer[]): Series[] {
  return answers.flatMap(({ refId, result, expr }) => {
    const target = panel.targets?.find((each) => (each.refId ?? 'A') === refId)
    return result.map((raw) => {
      const points = raw.values ?? (raw.value ? [raw.value] : [])
      const name = legend(target, raw.metric, expr)
      return {
        name,
        refId,
        labels: raw.metric,
        times: points.map(([time]) => time),
        values: points.map(([, value]) => number(value)),
        config: configOf(panel, name, refId),
      }
    })
  })
}

/** Prometheus writes numbers as text; NaN is no value. */
export function number(text: string): number | null {
  const value = text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text)
  return Number.isNaN(value) ? null : value
}

/** The name of a series: the legend's `{{label}}` filled in; without a legend its labels, or the query itself. */
export function legend(target: Target | undefined, labels: Readonly<Record<string, string>>, expr: string): string {
  const format = target?.legendFormat
  if (format && format !== '__auto') return filledFormat(format, labels)
  const { __name__: metric = '', ...rest } = labels
  const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`)
  if (format === '__auto' && pairs.length === 1) return Object.values(rest)[0] ?? ''
  return pairs.length ? `${metric}{${pairs.join(', ')}}` : metric || expr
}

/** Of series without these labels nothing but the word is left, as in Grafana. */
function filledFormat(format: string, labels: Readonly<Record<string, string>>): string {
  return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? '').trim() || 'Value'
}

/** The panel's field options with those overrides that name this field. */
export function configOf(panel: Panel, name: string, refId: string): FieldConfig {
  const fitting = (panel.fieldConfig?.overrides ?? []).filter((override) => fits(override, name, refId))
  let config: FieldConfig = panel.fieldConfig?.defaults ?? {}
  for (const { id, value } of fitting.flatMap(({ properties }) => properties)) {
    if (id.startsWith('custom.')) config = { ...config, custom: { ...config.custom, [id.slice(7)]: value } }
    else config = { ...config, [id]: value }
  }
  return config
}

function fits({ matcher: { id, options } }: Override, name: string, refId: string): boolean {
  if (id === 'byName') return options === name
  if (id === 'byFrameRefID') return options === refId
  if (id === 'byRegexp') return new RegExp(String(options).replace(/^\/|\/$/g, '')).test(name)
  return false
}

const reducers: Readonly<Record<string, (values: readonly number[]) => number | undefined>> = {
  last: (values) => values.at(-1),
  lastNotNull: (values) => values.at(-1),
  first: (values) => values[0],
  firstNotNull: (values) => values[0],
  min: (values) => (values.length ? Math.min(...values) : undefined),
  max: (values) => (values.length ? Math.max(...values) : undefined),
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  mean: (values) => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined),
  count: (values) => values.length,
  range: (values) => (values.length ? Math.max(...values) - Math.min(...values) : undefined),
  diff: (values) => (values.length ? (values.at(-1) ?? 0) - (values[0] ?? 0) : undefined),
}

/** One number for a series, by Grafana's name of the calculation. */
export function reduce(values: readonly (number | null)[], calculation = 'lastNotNull'): number | null {
  const there = values.filter((value): value is number => value !== null)
  return (reducers[calculation] ?? reducers.lastNotNull)?.(there) ?? null
}

/** The calculation that a panel's options ask for. */
export function calculationOf(panel: Panel): string {
  const options = panel.options as { reduceOptions?: { calcs?: readonly string[] } } | undefined
  return options?.reduceOptions?.calcs?.[0] ?? 'lastNotNull'
}
