import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import type { Matcher } from '../promql.ts'
import type { MetricRename } from '../renames/index.ts'

/** What is to be another in an expression. */
export interface Rewriting {
  /** By the metric's name: its new one, matchers to add, what its value is to be multiplied with. */
  readonly metrics?: Readonly<
    Record<string, Pick<MetricRename, 'with' | 'times' | 'quantiles' | 'bounds'> & { readonly name: string }>
  >
  /** By the metric's name as the expression has it: its labels' new names. */
  readonly labels?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Whether a matcher of a metric (as the expression has both) is left out. */
  drop?(metric: string, matcher: Matcher): boolean
}

interface Edit {
  readonly from: number
  readonly to: number
  readonly text: string
}

interface Rewriter {
  readonly rewriting: Rewriting
  readonly text: (node: SyntaxNode) => string
  /** What labels are called in what groups, joins and rewrites: that of any metric below. */
  readonly anywhere: Readonly<Record<string, string>>
}

/**
 * The expression with other names of metrics and labels, made at the places that Prometheus' grammar gives them: what only
 * looks like a name (in a string, a function, a part of a longer name) stays.
 */
export function rewritePromql(expr: string, rewriting: Rewriting): string {
  const rewriter: Rewriter = {
    rewriting,
    text: (node) => expr.slice(node.from, node.to),
    anywhere: Object.assign({}, ...Object.values(rewriting.labels ?? {})),
  }
  const edits: Edit[] = []
  parser.parse(expr).iterate({
    enter({ node }) {
      if (node.name === 'VectorSelector') edits.push(...selectorEdits(node, rewriter))
      else if (node.name === 'GroupingLabels') edits.push(...groupingEdits(node, rewriter))
      else if (node.name === 'FunctionCall') edits.push(...argumentEdits(node, rewriter))
    },
  })
  // From the end, so that places before an edit stay where they are; of two at one place the one found later goes behind.
  const ordered = edits.map((edit, n) => ({ ...edit, n })).sort((a, b) => b.from - a.from || b.to - a.to || b.n - a.n)
  return ordered.reduce((text, edit) => `${text.slice(0, edit.from)}${edit.text}${text.slice(edit.to)}`, expr)
}

function selectorEdits(node: SyntaxNode, rewriter: Rewriter): Edit[] {
  const { rewriting, text } = rewriter
  const identifier = node.getChild('Identifier')
  const braces = node.getChild('LabelMatchers')
  const matchers = (braces?.getChildren('UnquotedLabelMatcher') ?? []).map((each) => readMatcher(each, text))
  const byName = matchers.find(({ label, op }) => label === '__name__' && op === '=')
  const metric = identifier ? text(identifier) : byName?.value
  if (metric === undefined) return []
  const change = rewriting.metrics?.[metric]
  const labels = rewriting.labels?.[metric] ?? {}
  const kept = matchers
    .filter((matcher) => matcher === byName || !rewriting.drop?.(metric, matcher))
    .map((matcher) => ({
      ...matcher,
      label: labels[matcher.label] ?? matcher.label,
      ...(matcher === byName && change && { value: change.name }),
      ...(matcher.label === 'le' && change?.bounds && { value: bound(matcher.value, change.bounds) }),
    }))
  const added = Object.entries(change?.with ?? {}).filter(([label]) => !kept.some((each) => each.label === label))
  const computed = change?.quantiles && quantileOf(node, { name: change.name, times: change.times, matchers: kept })
  if (computed) return [computed]
  const all = [...kept.map(writeMatcher), ...added.map(([label, value]) => `${label}=${JSON.stringify(value)}`)]
  const touched = all.join() !== matchers.map(writeMatcher).join()
  const edits: Edit[] = []
  if (identifier && change) edits.push({ from: identifier.from, to: identifier.to, text: change.name })
  if (touched) {
    const at = braces ?? { from: node.to, to: node.to }
    edits.push({ from: at.from, to: at.to, text: all.length ? `{${all.join(', ')}}` : '' })
  }
  if (change?.times !== undefined) edits.push(...multiplied(node, change.times))
  if (change?.bounds !== undefined) edits.push(...withBounds(node, change.bounds))
  return edits
}

/** `summary{quantile="0.9"}` of the histogram that it became; undefined: it asks for no one quantile, or for its past. */
function quantileOf(
  node: SyntaxNode,
  {
    name,
    times = 1,
    matchers,
  }: { readonly name: string; readonly times?: number | undefined; readonly matchers: readonly ReadMatcher[] },
): Edit | undefined {
  const quantile = matchers.find(({ label, op }) => label === 'quantile' && op === '=')
  if (!quantile || !Number.isFinite(Number(quantile.value)) || node.parent?.name === 'MatrixSelector') return undefined
  const others = matchers.filter((each) => each !== quantile).map(writeMatcher)
  const selector = `${name}${others.length ? `{${others.join(', ')}}` : ''}`
  const computed = `histogram_quantile(${quantile.value}, sum by (le) (rate(${selector}[5m])))`
  return { from: node.from, to: node.to, text: times === 1 ? computed : `(${computed} * ${times})` }
}

/** What is computed of the bounds of buckets has their unit: the quantile round the selector. */
function withBounds(selector: SyntaxNode, times: number): Edit[] {
  let whole: SyntaxNode | null = selector
  const isQuantile = (node: SyntaxNode) =>
    node.name === 'FunctionCall' && node.getChild('FunctionIdentifier')?.firstChild?.name === 'HistogramQuantile'
  while (whole && !isQuantile(whole)) whole = whole.parent
  return whole ? around(whole, times) : []
}

function bound(written: string, times: number): string {
  return Number.isFinite(Number(written)) ? String(Number(written) / times) : written
}

/** Round the whole of what has the metric's unit: the selector, or the function over its range. */
function multiplied(selector: SyntaxNode, times: number): Edit[] {
  const range = selector.parent?.name === 'MatrixSelector' ? selector.parent : undefined
  const whole = range?.parent?.name === 'FunctionCallBody' ? range.parent.parent : range ? null : selector
  return whole ? around(whole, times) : []
}

function around(whole: SyntaxNode, times: number): Edit[] {
  const by = times < 1 ? ` / ${Math.round(1 / times)}` : ` * ${times}`
  return [
    { from: whole.from, to: whole.from, text: '(' },
    { from: whole.to, to: whole.to, text: `${by})` },
  ]
}

function groupingEdits(node: SyntaxNode, { text, anywhere }: Rewriter): Edit[] {
  return node.getChildren('LabelName').flatMap((label) => {
    const name = anywhere[text(label)]
    return name === undefined ? [] : [{ from: label.from, to: label.to, text: name }]
  })
}

/** The labels that label_replace and label_join read. Those that they write are the expression's own affair. */
function argumentEdits(node: SyntaxNode, { text, anywhere }: Rewriter): Edit[] {
  const name = node.getChild('FunctionIdentifier')?.firstChild?.name ?? ''
  const strings = node.getChild('FunctionCallBody')?.getChildren('StringLiteral') ?? []
  const read = name === 'LabelReplace' ? strings.slice(2, 3) : name === 'LabelJoin' ? strings.slice(2) : []
  return read.flatMap((each) => {
    const label = anywhere[text(each).slice(1, -1)]
    return label === undefined ? [] : [{ from: each.from, to: each.to, text: JSON.stringify(label) }]
  })
}

interface ReadMatcher extends Matcher {
  /** The value as it is written, quotes and all. */
  readonly written: string
}

function readMatcher(node: SyntaxNode, text: Rewriter['text']): ReadMatcher {
  const of = (kind: string) => {
    const child = node.getChild(kind)
    return child ? text(child) : ''
  }
  const written = of('StringLiteral')
  return { label: of('LabelName'), op: of('MatchOp') as Matcher['op'], value: written.slice(1, -1), written }
}

function writeMatcher({ label, op, value, written }: ReadMatcher): string {
  return `${label}${op}${written.slice(1, -1) === value ? written : JSON.stringify(value)}`
}
