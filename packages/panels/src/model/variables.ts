import type { Dashboard, Variable } from './dashboard.ts'
import { type Choice, type Chosen, interpolate, type View } from './interpolate.ts'

/** Asks Prometheus for what variables are made from. */
export interface VariableSource {
  /** The values of a label, of all series or of those that match. */
  labelValues(label: string, match: string | undefined): Promise<readonly string[]>
  /** The names of all labels. */
  labelNames(): Promise<readonly string[]>
  /** An instant query: each result as Grafana writes it, `name{label="value"} 1 1700000000000`. */
  query(promql: string): Promise<readonly string[]>
}

/** A variable with the values that it can have now. */
export interface ResolvedVariable {
  readonly variable: Variable
  readonly options: readonly string[]
  readonly choice: Choice
}

export const everything = '$__all'

/**
 * Resolves a dashboard's variables one after the other (a later one may refer to an earlier) and chooses for each: what is
 * asked for, else what the dashboard has as its current value if it is there, else all, else the first.
 *
 * @param wanted values by the variable's name; `$__all` for everything
 */
export async function resolveVariables(
  dashboard: Dashboard,
  source: VariableSource,
  view: View,
  wanted: Readonly<Record<string, readonly string[]>> = {},
): Promise<ResolvedVariable[]> {
  const resolved: ResolvedVariable[] = []
  for (const variable of dashboard.templating?.list ?? []) {
    if (variable.type === 'adhoc') continue
    const chosen = choices(resolved)
    const options = await optionsOf(variable, source, (text) => interpolate(text, chosen, view))
    resolved.push({ variable, options, choice: choose(variable, options, wanted[variable.name]) })
  }
  return resolved
}

/** The choices by name, for `interpolate`. */
export function choices(resolved: readonly ResolvedVariable[]): Chosen {
  return Object.fromEntries(resolved.map(({ variable, choice }) => [variable.name, choice]))
}

/** What is chosen of a variable's options. */
export function choose(variable: Variable, options: readonly string[], wanted?: readonly string[]): Choice {
  const multi = Boolean(variable.multi || variable.includeAll)
  const current = [variable.current?.value ?? []].flat()
  const asked = wanted ?? current
  if (variable.includeAll && (asked.includes(everything) || asked.includes('All') || asked.length === 0)) {
    return { values: options, multi, all: variable.allValue || undefined }
  }
  const there = asked.filter((value) => wanted !== undefined || options.includes(value))
  const values = there.length ? there : options.slice(0, 1)
  return { values: multi ? values : values.slice(0, 1), multi }
}

async function optionsOf(
  variable: Variable,
  source: VariableSource,
  fill: (text: string) => string,
): Promise<readonly string[]> {
  const text = queryText(variable)
  if (variable.type === 'query') return ordered(variable, filtered(variable, await ask(fill(text), source)))
  if (variable.type === 'datasource') return [variable.current?.value ?? 'prometheus'].flat().slice(0, 1)
  if (variable.type === 'constant' || variable.type === 'textbox') return [text]
  return listed(text)
}

/** The query of a variable, whichever way it is written. */
export function queryText({ query }: Variable): string {
  return (typeof query === 'string' ? query : query?.query) ?? ''
}

/** `a,b` and `shown : value`, with `\,` for a comma of its own: the custom and interval kinds. */
function listed(text: string): string[] {
  return text
    .split(/(?<!\\),/)
    .map((entry) => entry.replaceAll('\\,', ',').trim())
    .filter(Boolean)
    .map((entry) => entry.split(' : ').pop()?.trim() ?? '')
}

async function ask(query: string, source: VariableSource): Promise<readonly string[]> {
  const values = labelValuesCall(query)
  if (values) return source.labelValues(values.label, values.match)
  if (/^label_names\(.*\)\s*$/.test(query)) return source.labelNames()
  const names = /^metrics\((.+)\)\s*$/.exec(query)
  if (names?.[1]) {
    const pattern = new RegExp(names[1])
    return (await source.labelValues('__name__', undefined)).filter((name) => pattern.test(name))
  }
  const result = /^query_result\((.+)\)\s*$/s.exec(query)
  return source.query(result?.[1] ?? query)
}

/** The parts of `label_values(up{job="a"}, instance)`; undefined: it is none. */
export function labelValuesCall(query: string): { readonly label: string; readonly match?: string } | undefined {
  const [, match, label] = /^label_values\(\s*(?:(.+),\s*)?(\w+)\s*\)\s*$/s.exec(query) ?? []
  return label === undefined ? undefined : { label, match: match?.trim() }
}

/** A variable's regular expression keeps what matches: its group `value`, its first group, or the whole. */
function filtered({ regex }: Variable, values: readonly string[]): readonly string[] {
  if (!regex) return values
  const [, body, flags] = /^\/(.*)\/(\w*)$/s.exec(regex) ?? ['', regex, '']
  const pattern = new RegExp(body ?? '', flags?.replace('g', ''))
  return values.flatMap((value) => {
    const match = pattern.exec(value)
    return match ? [match.groups?.value ?? match[1] ?? match[0]] : []
  })
}

function ordered({ sort = 0 }: Variable, values: readonly string[]): string[] {
  const unique = [...new Set(values)]
  if (sort === 0) return unique
  const numeric = sort === 3 || sort === 4
  unique.sort((a, b) => a.localeCompare(b, 'en', { numeric, sensitivity: sort > 4 ? 'base' : 'variant' }))
  return sort % 2 === 0 ? unique.reverse() : unique
}
