import type { SyntaxNode, Tree } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

/** A metric that an expression asks for. */
export interface UsedMetric {
  /** Its name; empty where the expression gives none, or only a pattern. */
  readonly name: string
  /** What `__name__=~"…"` asks for, where that is not just a list of names. */
  readonly pattern?: string
  /** The labels without which the expression means something else: matched, grouped by, joined on, rewritten. Sorted. */
  readonly labels: readonly string[]
  /** As they are written, `__name__` left out. */
  readonly matchers: readonly Matcher[]
}

export interface Matcher {
  readonly label: string
  readonly op: '=' | '!=' | '=~' | '!~'
  readonly value: string
}

/** Why an expression can't be read, and where. */
export interface PromqlProblem {
  readonly message: string
  /** Of the first character that does not fit, from 0. */
  readonly at: number
  /** From 1. */
  readonly line: number
  readonly column: number
}

/** What an expression asks for. With a problem, what could be read all the same. */
export interface PromqlReading {
  readonly metrics: readonly UsedMetric[]
  readonly problem?: PromqlProblem
}

/**
 * Reads a PromQL expression by Prometheus' own grammar. Grafana's variables must have been filled in. A metric that is
 * asked for more than once is there once, with the labels of all places.
 *
 * @param resultLabels labels that are read from the result, as a legend does: they are needed where they come from
 */
export function readPromql(expr: string, resultLabels: Iterable<string> = []): PromqlReading {
  const tree = parser.parse(expr)
  const problem = firstProblem(tree, expr)
  const top = tree.topNode.firstChild
  const uses: Use[] = []
  if (top) walk(top, new Set(resultLabels), { text: (node) => expr.slice(node.from, node.to), uses })
  return { metrics: merged(uses), ...(problem && { problem }) }
}

/** The metrics of an expression, with the labels that it needs of each. */
export function metricsOf(expr: string): readonly UsedMetric[] {
  return readPromql(expr).metrics
}

/** Why an expression can't be read; undefined: it can. Types and numbers of arguments are for Prometheus to judge. */
export function problemOf(expr: string): PromqlProblem | undefined {
  return readPromql(expr).problem
}

interface Use {
  readonly name: string
  readonly pattern?: string
  readonly labels: Set<string>
  readonly matchers: readonly Matcher[]
}

interface Reader {
  text(node: SyntaxNode): string
  readonly uses: Use[]
}

type Labels = ReadonlySet<string>

/**
 * Follows the labels that are needed of a result down to the selectors that must have them: an aggregation keeps only
 * those that it groups by, a join takes some from one side, label_replace makes one.
 */
function walk(node: SyntaxNode, needed: Labels, reader: Reader): void {
  const kinds: Readonly<Record<string, () => void>> = {
    VectorSelector: () => reader.uses.push(...selector(node, needed, reader)),
    AggregateExpr: () => aggregate(node, needed, reader),
    BinaryExpr: () => binary(node, needed, reader),
    FunctionCall: () => call(node, needed, reader),
  }
  const follow = kinds[node.name]
  if (follow) follow()
  else for (const child of children(node)) walk(child, needed, reader)
}

function aggregate(node: SyntaxNode, needed: Labels, reader: Reader): void {
  const operator = node.getChild('AggregateOp')?.firstChild?.name
  const modifier = node.getChild('AggregateModifier')
  const named = labelsIn(modifier?.getChild('GroupingLabels'), reader)
  const args = children(node.getChild('FunctionCallBody'))
  const kept = modifier?.getChild('Without') || keepsLabels.has(operator ?? '') ? [...needed] : []
  for (const arg of args) walk(arg, new Set([...kept, ...named]), reader)
}

/** These choose among the series that there are: what is needed of the result is needed of those. */
const keepsLabels: ReadonlySet<string> = new Set(['Topk', 'Bottomk', 'LimitK', 'LimitRatio'])

function binary(node: SyntaxNode, needed: Labels, reader: Reader): void {
  const sides = children(node).filter(({ name }) => expressions.has(name))
  const [left, right] = [sides[0], sides[sides.length - 1]]
  if (!left || !right || left === right) return
  const clause = node.getChild('MatchingModifierClause')
  const [matching, included] = clause?.getChildren('GroupingLabels') ?? []
  const isOn = Boolean(clause?.getChild('On'))
  const on = isOn ? labelsIn(matching, reader) : []
  const taken = new Set(labelsIn(included, reader))
  const many = clause?.getChild('GroupRight') ? right : left
  const one = many === left ? right : left
  // Without `on`, both sides have the same labels, but for those of a join with many.
  const shared = !clause || node.getChild('Or') ? needed : new Set<string>()
  const rest = [...needed].filter((label) => !taken.has(label))
  walk(left, new Set([...on, ...(many === left ? rest : [...shared, ...taken])]), reader)
  walk(right, new Set([...on, ...(one === right ? [...shared, ...taken] : rest)]), reader)
}

function call(node: SyntaxNode, needed: Labels, reader: Reader): void {
  const name = node.getChild('FunctionIdentifier')?.firstChild?.name ?? ''
  const args = children(node.getChild('FunctionCallBody'))
  const vectors = args.filter(({ name: kind }) => kind !== 'StringLiteral')
  const strings = args.map((arg) => (arg.name === 'StringLiteral' ? unquoted(reader.text(arg)) : ''))
  const given = (labels: readonly string[]) => labels.filter(Boolean)
  const below: Readonly<Record<string, () => Iterable<string>>> = {
    LabelReplace: () => [...without(needed, strings[1]), ...given([strings[3] ?? ''])],
    LabelJoin: () => [...without(needed, strings[1]), ...given(strings.slice(3))],
    SortByLabel: () => [...needed, ...given(strings)],
    SortByLabelDesc: () => [...needed, ...given(strings)],
    HistogramQuantile: () => [...needed, 'le'],
    Scalar: () => [],
    Absent: () => [],
    AbsentOverTime: () => [],
  }
  const passed = new Set(below[name]?.() ?? needed)
  for (const vector of vectors) walk(vector, passed, reader)
}

function without(labels: Labels, label: string | undefined): string[] {
  return [...labels].filter((each) => each !== label)
}

function selector(node: SyntaxNode, needed: Labels, reader: Reader): Use[] {
  const braces = node.getChild('LabelMatchers')
  const written = [
    ...(braces?.getChildren('UnquotedLabelMatcher') ?? []).map((each) => matcher(each, 'LabelName', reader)),
    ...(braces?.getChildren('QuotedLabelMatcher') ?? []).map((each) => matcher(each, 'QuotedLabelName', reader)),
  ]
  const matchers = written.filter(({ label }) => label !== '__name__')
  const byName = written.find(({ label, op }) => label === '__name__' && (op === '=' || op === '=~'))
  const identifier = node.getChild('Identifier') ?? braces?.getChild('QuotedLabelName')
  const name = identifier ? unquoted(reader.text(identifier)) : byName?.op === '=' ? byName.value : ''
  const labels = [...needed, ...matchers.filter(needsLabel).map(({ label }) => label)]
  const use = (each: string, pattern?: string): Use => ({
    ...{ name: each, matchers, ...(pattern !== undefined && { pattern }) },
    // Only the buckets of a classic histogram carry their bound.
    labels: new Set(labels.filter((label) => label !== 'le' || each === '' || each.endsWith('_bucket'))),
  })
  if (name || byName?.op !== '=~') return [use(name)]
  const names = byName.value.split('|')
  return names.every((each) => /^[a-zA-Z_:][\w:]*$/.test(each))
    ? names.map((each) => use(each))
    : [use('', byName.value)]
}

/** `pod=""` asks for series that lack the label; `pod=~".*"` does not care. */
function needsLabel({ op, value }: Matcher): boolean {
  if (op === '=') return value !== ''
  if (op === '=~') return !['', '.*'].includes(value)
  return true
}

function matcher(node: SyntaxNode, kind: string, reader: Reader): Matcher {
  const of = (name: string) => {
    const child = node.getChild(name)
    return child ? unquoted(reader.text(child)) : ''
  }
  return { label: of(kind), op: of('MatchOp') as Matcher['op'], value: of('StringLiteral') }
}

function labelsIn(node: SyntaxNode | null | undefined, reader: Reader): string[] {
  return children(node ?? null)
    .filter(({ name }) => name === 'LabelName' || name === 'QuotedLabelName')
    .map((label) => unquoted(reader.text(label)))
}

const expressions: ReadonlySet<string> = new Set([
  ...['AggregateExpr', 'BinaryExpr', 'FunctionCall', 'MatrixSelector', 'NumberDurationLiteral', 'OffsetExpr'],
  ...['AnchoredExpr', 'SmoothedExpr', 'ParenExpr', 'StringLiteral', 'SubqueryExpr', 'UnaryExpr', 'VectorSelector'],
  'StepInvariantExpr',
])

function children(node: SyntaxNode | null): SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let child = node?.firstChild ?? null; child; child = child.nextSibling) found.push(child)
  return found
}

/** A string of PromQL without its quotes; what is escaped is as in JSON, but for single quotes and raw strings. */
function unquoted(text: string): string {
  const quote = text[0]
  if (quote === '`') return text.slice(1, -1)
  if (quote !== '"' && quote !== "'") return text
  const body = text.slice(1, -1)
  return body.replaceAll(/\\(.)/gs, (_, char: string) => ({ n: '\n', t: '\t', r: '\r' })[char] ?? char)
}

function merged(uses: readonly Use[]): UsedMetric[] {
  const found = new Map<string, { use: Use; labels: Set<string>; matchers: Matcher[] }>()
  for (const use of uses) {
    const key = use.name || JSON.stringify([use.pattern, use.matchers])
    const known = found.get(key) ?? { use, labels: new Set(), matchers: [] }
    for (const label of use.labels) known.labels.add(label)
    for (const one of use.matchers) {
      const isKnown = known.matchers.some((each) => JSON.stringify(each) === JSON.stringify(one))
      if (!isKnown) known.matchers.push(one)
    }
    found.set(key, known)
  }
  return [...found.values()].map(({ use: { name, pattern }, labels, matchers }) => ({
    ...{ name, ...(pattern !== undefined && { pattern }), labels: [...labels].sort(), matchers },
  }))
}

function firstProblem(tree: Tree, expr: string): PromqlProblem | undefined {
  if (!expr.trim()) return { message: 'there is no expression', at: 0, line: 1, column: 1 }
  let at: number | undefined
  tree.iterate({
    enter(node) {
      if (node.type.isError && at === undefined) at = node.from
    },
  })
  if (at === undefined) return undefined
  const before = expr.slice(0, at).split('\n')
  const near = expr.slice(at, at + 20).split('\n')[0]
  return {
    message: near ? `unexpected “${near}”` : 'it ends too early',
    at,
    line: before.length,
    column: (before[before.length - 1]?.length ?? 0) + 1,
  }
}
