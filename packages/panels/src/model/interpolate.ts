/** The chosen value of each variable: several where more than one is chosen. */
export type Chosen = Readonly<Record<string, Choice>>

export interface Choice {
  readonly values: readonly string[]
  /** The variable may have several values: a single one is then escaped for a regular expression too, as Grafana does. */
  readonly multi: boolean
  /** Everything is chosen, and this text stands for it is (the variable's `allValue`). */
  readonly all?: string
}

/** What time the queries of one view are for. */
export interface View {
  /** Seconds since 1970. */
  readonly from: number
  readonly to: number
  /** Seconds between two points. */
  readonly step: number
  /** Seconds between two scrapes; Grafana takes it from the datasource (`timeInterval`). */
  readonly scrapeInterval: number
}

const reference = /\$\{(\w+)(?:\.[^:^}]+)?(?::([^}]+))?\}|\$(\w+)|\[\[(\w+)(?::(\w+))?\]\]/g

/**
 * A query with its variables filled in, as Grafana's Prometheus datasource does it: several values become `(a|b)`, escaped
 * for a regular expression. What is not known stays as it is.
 *
 * Source: Grafana's documentation, "Variable syntax" and "Prometheus template variables".
 */
export function interpolate(expression: string, chosen: Chosen, view: View): string {
  const builtIn = builtIns(view)
  return expression.replace(reference, (whole, braced, format, plain, bracketed, bracketFormat) => {
    const name: string = braced ?? plain ?? bracketed
    const known = builtIn[name]
    if (known !== undefined) return known
    const choice = chosen[name]
    return choice ? formatChoice(choice, format ?? bracketFormat) : whole
  })
}

/** The names of the variables that a text refers to, built-in ones left out. */
export function referredVariables(text: string): string[] {
  const names = [...text.matchAll(reference)].map((match) => match[1] ?? match[3] ?? match[4] ?? '')
  return [...new Set(names)].filter((name) => name && !name.startsWith('__'))
}

/** `$__interval` and its like for a view. `$__rate_interval` is at least four scrapes, so that a rate always has two points. */
export function builtIns({ from, to, step, scrapeInterval }: View): Readonly<Record<string, string>> {
  const range = Math.max(1, Math.round(to - from))
  const rate = Math.max(step + scrapeInterval, 4 * scrapeInterval)
  return {
    __interval: `${step}s`,
    __interval_ms: String(step * 1000),
    __rate_interval: `${rate}s`,
    __rate_interval_ms: String(rate * 1000),
    __range: `${range}s`,
    __range_s: String(range),
    __range_ms: String(range * 1000),
    __from: String(from * 1000),
    __to: String(to * 1000),
  }
}

function formatChoice({ values, multi, all }: Choice, format: string | undefined): string {
  if (all !== undefined) return all
  if (format === 'csv') return values.join(',')
  if (format === 'pipe') return values.join('|')
  if (format === 'raw') return values.join(',')
  if (format === 'doublequote') return values.map((value) => JSON.stringify(value)).join(',')
  if (format === 'regex') return grouped(values.map(escapeRegex))
  if (!multi) return (values[0] ?? '').replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return grouped(values.map((value) => escapeRegex(value).replaceAll('\\', '\\\\')))
}

function grouped(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `(${values.join('|')})`
}

function escapeRegex(value: string): string {
  return value.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&')
}
