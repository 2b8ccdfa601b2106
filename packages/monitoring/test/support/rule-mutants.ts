/** An alerting rule of a rule file. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
}

/** A test for promtool. */
export interface PromqlCase {
  readonly name: string
  readonly promql_expr_test: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[]
}

/** A changed rule, for which a test must fail. */
export interface RuleMutant {
  readonly id: string
  readonly title: string
  /** `never` or `always` fires; `without` a part of the condition or an operand of `or`; `at once`: without `for`. */
  readonly kind: 'never' | 'always' | 'without' | 'at once'
  readonly rule: AlertRule
  /** At least one of these tests must fail. */
  readonly tests: readonly PromqlCase[]
}

/** All mutants of a rule, with the tests that must detect them. Pure. */
export function mutants(
  rule: AlertRule,
  cases: readonly PromqlCase[],
  { always = false }: { readonly always?: boolean } = {},
): RuleMutant[] {
  const { alert, expr } = rule
  const about = cases.filter((each) => each.promql_expr_test.some((one) => one.expr.includes(`alertname="${alert}"`)))
  const fires = about.filter((each) => each.promql_expr_test.some(({ exp_samples }) => exp_samples.length > 0))
  const quiet = about.filter((each) => !fires.includes(each))
  const mutant = (
    kind: RuleMutant['kind'],
    text: string,
    changed: Partial<AlertRule>,
    tests: readonly PromqlCase[],
  ) => ({
    ...{ kind, title: `${alert} ${text}`, rule: { ...rule, ...changed }, tests },
  })
  const all = [
    // Each test alone must detect it; otherwise a good test would hide a vacuous one.
    ...fires.map((each) =>
      mutant('never', `never fires: “${each.name}”`, { expr: `(${expr}) and on () vector(0) == 1` }, [each]),
    ),
    ...(always ? [] : quiet.map((each) => mutant('always', 'fires always', { expr: 'vector(1)' }, [each]))),
    ...conditions(expr).map(({ part, rest }) => mutant('without', `without “${part}”`, { expr: rest }, about)),
    ...alternatives(expr).map(({ part, rest }) => mutant('without', `without “or ${part}”`, { expr: rest }, about)),
    ...(rule.for === undefined ? [] : [mutant('at once', `without for: ${rule.for}`, { for: undefined }, about)]),
  ]
  return all.map((each, n) => ({ id: `${alert}-${n}`, ...each }))
}

/**
 * Each part of a condition, and the expression without it: comparisons, joins, label matchers. Matchers with `!=` are left
 * out, because when both operands of an operator have them, neither alone decides. Pure.
 */
export function conditions(expr: string): { readonly part: string; readonly rest: string }[] {
  const found: { part: string; rest: string }[] = []
  const cut = (at: number, length: number, by = '') => {
    const rest = `${expr.slice(0, at)}${by}${expr.slice(at + length)}`
    found.push({ part: expr.slice(at, at + length).trim(), rest })
  }
  // Quoted strings are masked, keeping all positions.
  const bare = expr.replaceAll(/"[^"]*"/g, (text) => '"'.padEnd(text.length, '"'))
  for (const { 0: text, index } of bare.matchAll(/(?:==|!=|>=|<=|>|<)\s*(?:bool\s+)?-?\d[\d.]*/g))
    cut(index, text.length)
  // Comparisons of vectors: `or` keeps the left side regardless of the right side.
  for (const { 0: text, index } of bare.matchAll(/(?:==|!=|>=|<=|>|<)(?=\s*[a-z(])/g)) cut(index, text.length, 'or')
  for (const { 0: text, index } of bare.matchAll(/\b(?:and|unless)\b/g)) cut(index, text.length, 'or')
  for (const { 0: braces, index: start = 0 } of bare.matchAll(/\{[^}]*\}/g)) {
    for (const { 0: text, index } of braces.matchAll(/\w+\s*(?:=~|!~|=(?!~))\s*"+\s*,?/g))
      cut(start + index, text.length)
  }
  return found
}

/** An empty vector, for any right side of `and`. */
const NOTHING = 'vector(0) == 1 and '

/** Each operand of each `or`, and the expression in which this operand is empty. Pure. */
export function alternatives(expr: string): { readonly part: string; readonly rest: string }[] {
  const bare = expr.replaceAll(/"[^"]*"/g, (text) => '"'.padEnd(text.length, '"'))
  /** For each open parenthesis, the positions where its operands begin. */
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
 * The failures in promtool's JUnit report, by file and test: the expected and actual samples, or empty if the test passed.
 * Other errors have other texts. Pure.
 */
export function verdicts(junit: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const suites = junit.matchAll(
    /<testsuite name="([^"]+)\.test\.yaml"([\s\S]*?)(?:<\/testsuite>|\/>\s*(?=<testsuite|$))/g,
  )
  return new Map(
    [...suites].map(([, id = '', text = '']) => {
      const all = text.matchAll(/<testcase name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)
      return [id, new Map([...all].map(([, name = '', failure = '']) => [name, failure]))]
    }),
  )
}
