/** An alerting rule of a rule file. */
export interface AlertRule {
  readonly alert: string
  readonly expr: string
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
  /** `never` and `always` fire so; `without` a part of the condition. */
  readonly way: 'never' | 'always' | 'without'
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

/**
 * What promtool's JUnit report says of each test file: what was expected and what was there instead, or nothing when all
 * of it passed. An error of another kind has no such words. Pure.
 */
export function verdicts(junit: string): ReadonlyMap<string, string> {
  const suites = junit.matchAll(/<testsuite name="([^"]+)\.test\.yaml"([\s\S]*?)(?:<\/testsuite>|\/>)/g)
  return new Map([...suites].map(([, id = '', text = '']) => [id, text]))
}
