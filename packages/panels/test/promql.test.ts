import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { metricsOf, problemOf, readPromql } from '../src/promql.ts'

/** What is asked for, and the labels that are needed of each metric. */
const readings: readonly [name: string, expr: string, wanted: Readonly<Record<string, readonly string[]>>][] = [
  ['a bare name needs no label', 'up', { up: [] }],
  ['matchers need their labels', 'up{job="a",pod!=""}', { up: ['job', 'pod'] }],
  ['a matcher that a missing label fits needs none', 'up{job="",pod=~".*"}', { up: [] }],
  ['grouping labels are needed below', 'sum by (pod) (rate(a_total{x="1"}[5m]))', { a_total: ['pod', 'x'] }],
  ['grouping may stand behind', 'sum(rate(a_total[5m])) by (pod, node,)', { a_total: ['node', 'pod'] }],
  ['an aggregation ends what is needed outside', 'sum by (a) (sum by (b) (x))', { x: ['b'] }],
  ['topk keeps labels', 'sum by (a) (topk(5, x))', { x: ['a'] }],
  ['both sides of a join need what it is on', 'a * on (pod) b', { a: ['pod'], b: ['pod'] }],
  [
    'what a join takes comes from the one side',
    'sum by (node, pod) (a * on (pod) group_left (node) b)',
    { a: ['pod'], b: ['node', 'pod'] },
  ],
  [
    'with group_right the many are right',
    'sum by (x) (a * on (pod) group_right (node) b)',
    { a: ['node', 'pod'], b: ['pod', 'x'] },
  ],
  ['without on, both sides have the labels', 'sum by (x) (a / b)', { a: ['x'], b: ['x'] }],
  ['either side of or may be the result', 'sum by (x) (a or on (y) b)', { a: ['x', 'y'], b: ['x', 'y'] }],
  [
    'label_replace makes one from another',
    'sum by (new) (label_replace(x, "new", "$1", "old", "(.*)"))',
    { x: ['old'] },
  ],
  ['label_join makes one from others', 'sum by (new) (label_join(x, "new", "-", "a", "b"))', { x: ['a', 'b'] }],
  ['buckets carry le', 'histogram_quantile(0.9, rate(d_bucket[5m]))', { d_bucket: ['le'] }],
  ['native histograms have no le', 'histogram_quantile(0.9, rate(d[5m]))', { d: [] }],
  ['subqueries and offsets are looked into', 'max_over_time(rate(x{a="b"}[5m])[1h:1m] offset 1h)', { x: ['a'] }],
  ['names by a matcher', 'count({__name__="x", a="b"})', { x: ['a'] }],
  ['names by a list', '{__name__=~"x|y", a="b"}', { x: ['a'], y: ['a'] }],
  ['quoted names', '{"http.requests", a="b"}', { 'http.requests': ['a'] }],
  ['raw and single-quoted strings', "x{a=`b`} + y{c='d'}", { x: ['a'], y: ['c'] }],
  ['a name twice has the labels of both', 'x{a="1"} + on () x{b="1"}', { x: ['a', 'b'] }],
  ['comments and keywords as names', 'sum(x) # of all\n + on () count_metric', { x: [], count_metric: [] }],
  ['numbers and strings ask for nothing', '1 + vector(2)', {}],
]

for (const [name, expr, wanted] of readings) {
  test(name, () => {
    const { metrics, problem } = readPromql(expr)
    assert.is(problem, undefined)
    assert.equal(Object.fromEntries(metrics.map((each) => [each.name, each.labels])), wanted)
  })
}

test('a pattern of names is told as such', () => {
  const [metric] = metricsOf('{__name__=~"node_.+"}')
  assert.equal([metric?.name, metric?.pattern], ['', 'node_.+'])
})

test('matchers are told as they are written', () => {
  assert.equal(metricsOf('x{a=~"b\\"c"}')[0]?.matchers, [{ label: 'a', op: '=~', value: 'b"c' }])
})

const problems: readonly [expr: string, line: number, column: number, message: string][] = [
  ['', 1, 1, 'there is no expression'],
  ['sum(rate(x[5m])', 1, 16, 'it ends too early'],
  ['a + bb)', 1, 7, 'unexpected “)”'],
  ['sum(a)\n  by pod)', 2, 6, 'unexpected “pod)”'],
  ['x{a=}', 1, 5, 'unexpected “}”'],
  ['up{job="x', 1, 10, 'it ends too early'],
  ['rate(x[$__rate_interval])', 1, 8, 'unexpected “$__rate_interval])”'],
]

for (const [expr, line, column, message] of problems) {
  test(`the place of what is wrong in “${expr}”`, () => {
    const problem = problemOf(expr)
    assert.equal([problem?.line, problem?.column, problem?.message], [line, column, message])
  })
}

test.run()
