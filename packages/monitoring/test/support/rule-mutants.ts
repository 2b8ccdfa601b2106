/** An alerting rule of a rule file. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
}

/** A test of promtool. */
export interface PromqlCase {
  readonly name: string
  readonly promql_expr_test: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[]
}

/** A rule that was changed so that a test of it must fail. */
export interface RuleMutant {
  readonly id: string
  readonly what: string
  /** `never` and `always` fire so; `without` a part of the condition, an operand of `or`; `at once` without its `for`. */
  readonly way: 'never' | 'always' | 'without' | 'at once'
  readonly rule: AlertRule
  /** Those of which one must fail. */
  readonly tests: readonly PromqlCase[]
}

/** Every way in which a rule is broken, with the tests that must notice. Pure. */
export function mutants(
  rule: AlertRule,
  cases: readonly PromqlCase[],
  { always = false }: { readonly always?: boolean } = {},
): RuleMutant[] {
  const { alert, expr } = rule
  const about = cases.filter((each) => each.promql_expr_test.some((one) => one.expr.includes(`alertname="${alert}"`)))
  const fires = about.filter((each) => each.promql_expr_test.some(({ exp_samples }) => exp_samples.length > 0))
  const silent = about.filter((each) => !fires.includes(each))
  const made = (way: RuleMutant['way'], text: string, changed: Partial<AlertRule>, tests: readonly PromqlCase[]) => ({
    ...{ way, what: `${alert} ${text}`, rule: { ...rule, ...changed }, tests },
  })
  const all = [
    // Each alone must notice: a second one that does would hide a vacuous first.
    ...fires.map((each) =>
      made('never', `never fires: “${each.name}”`, { expr: `(${expr}) and on () vector(0) == 1` }, [each]),
    ),
    ...(always ? [] : silent.map((each) => made('always', 'fires always', { expr: 'vector(1)' }, [each]))),
    ...conditions(expr).map(({ part, rest }) => made('without', `without “${part}”`, { expr: rest }, about)),
    ...alternatives(expr).map(({ part, rest }) => made('without', `without “or ${part}”`, { expr: rest }, about)),
    ...(rule.for === undefined ? [] : [made('at once', `without for: ${rule.for}`, { for: undefined }, about)]),
  ]
  return all.map((each, n) => ({ id: `${alert}-${n}`, ...each }))
}

/**
 * Each part of a condition, and the expression without it: comparisons, what is joined, what is matched. But for what `!=`
 * keeps out: where both sides of an operator do, neither alone decides. Pure.
 */
export function conditions(expr: string): { readonly part: string; readonly rest: string }[] {
  const found: { part: string; rest: string }[] = []
  const cut = (at: number, length: number, by = '') => {
    const rest = `${expr.slice(0, at)}${by}${expr.slice(at + length)}`
    found.push({ part: expr.slice(at, at + length).trim(), rest })
  }
  // What stands in quotes is masked, place by place.
  const bare = expr.replaceAll(/"[^"]*"/g, (text) => '"'.padEnd(text.length, '"'))
  for (const { 0: text, index } of bare.matchAll(/(?:==|!=|>=|<=|>|<)\s*(?:bool\s+)?-?\d[\d.]*/g))
    cut(index, text.length)
  // Between vectors: what is on the left stays, whatever is on the right.
  for (const { 0: text, index } of bare.matchAll(/(?:==|!=|>=|<=|>|<)(?=\s*[a-z(])/g)) cut(index, text.length, 'or')
  for (const { 0: text, index } of bare.matchAll(/\b(?:and|unless)\b/g)) cut(index, text.length, 'or')
  for (const { 0: braces, index: start = 0 } of bare.matchAll(/\{[^}]*\}/g)) {
    for (const { 0: text, index } of braces.matchAll(/\w+\s*(?:=~|!~|=(?!~))\s*"+\s*,?/g))
      cut(start + index, text.length)
  }
  return found
}

/** Nothing at all, whatever it is joined with by `and`. */
const NOTHING = 'vector(0) == 1 and '

/** Each operand of each `or`, and the expression in which it is never true. Pure. */
export function alternatives(expr: string): { readonly part: string; readonly rest: string }[] {
  const bare = expr.replaceAll(/"[^"]*"/g, (text) => '"'.padEnd(text.length, '"'))
  /** Of the parentheses that are open: where the operands of each begin. */
  const open: number[][] = [[0]]
  const found: number[] = []
  const close = () => {
    const starts = open.pop() ?? []
    if (starts.length > 1) found.push(...starts)
  }
  for (const { 0: text, index } of bare.matchAll(/[(),]|\bor\b(?:\s*(?:on|ignoring)\s*\([^)]*\))?/g)) {
    const end = index + text.length
    if (text === ')') close()
    else if (text === '(') open.push([end])
    else if (text === ',') {
      close()
      open.push([end])
    } else open.at(-1)?.push(end)
  }
  close()
  return found
    .sort((a, b) => a - b)
    .map((at) => ({
      part: expr.slice(at).trim().split('\n')[0]?.slice(0, 60) ?? '',
      rest: `${expr.slice(0, at)} ${NOTHING}${expr.slice(at)}`,
    }))
}

/**
 * What promtool's JUnit report says of each test of each file: what was expected and what was there instead, or nothing
 * when it passed. An error of another kind has no such words. Pure.
 */
export function verdicts(junit: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const suites = junit.matchAll(
    /<testsuite name="([^"]+)\.test\.yaml"([\s\S]*?)(?:<\/testsuite>|\/>\s*(?=<testsuite|$))/g,
  )
  return new Map(
    [...suites].map(([, id = '', text = '']) => {
      const all = text.matchAll(/<testcase name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)
      return [id, new Map([...all].map(([, name = '', said = '']) => [name, said]))]
    }),
  )
}
