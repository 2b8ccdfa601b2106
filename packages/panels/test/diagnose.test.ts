import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PrometheusApi, RawSeries, View } from '../src/index.ts'
import { diagnose, proveDashboards, shownBy } from '../src/proof/index.ts'

const view: View = { from: 0, to: 1800, step: 30, scrapeInterval: 15 }

/** Answers by the query, word for word; anything else is empty. */
function prometheus(
  known: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>,
): PrometheusApi & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    async get<T>(path: string): Promise<T> {
      const query = new URLSearchParams(path.split('?')[1]).get('query') ?? path
      asked.push(query)
      const result = (known[query] ?? []).map((metric): RawSeries => ({ metric, value: [1800, '1'] }))
      return { resultType: 'vector', result } as T
    },
  }
}

const rows: readonly {
  readonly name: string
  readonly expr: string
  readonly known?: Parameters<typeof prometheus>[0]
  readonly error?: string
  readonly cause: RegExp
  readonly works?: string
}[] = [
  {
    name: 'a metric with a new name, and what works',
    expr: 'sum(node_cpu)',
    known: { '{__name__="node_cpu_seconds_total"}': [{}], 'sum(node_cpu_seconds_total)': [{}] },
    cause: /^node_cpu is node_cpu_seconds_total since node_exporter 0\.16$/,
    works: 'sum(node_cpu_seconds_total)',
  },
  {
    name: 'a query that was asked and is empty too is not told',
    expr: 'sum(node_cpu)',
    known: { '{__name__="node_cpu_seconds_total"}': [{}] },
    cause: /^node_cpu is node_cpu_seconds_total/,
  },
  {
    name: 'a new name that is not there either',
    expr: 'kube_hpa_x',
    cause: /is kube_horizontalpodautoscaler_x since kube-state-metrics 2, and there is none of it$/,
  },
  {
    name: 'a quantile of a summary that is a histogram now',
    expr: 'kubelet_pleg_relist_latency_microseconds{quantile="0.5"}',
    known: {
      '{__name__="kubelet_pleg_relist_duration_seconds_bucket"}': [{ le: '1' }],
      '(histogram_quantile(0.5, sum by (le) (rate(kubelet_pleg_relist_duration_seconds_bucket[5m]))) * 1000000)': [{}],
    },
    cause:
      /^kubelet_pleg_relist_latency_microseconds is kubelet_pleg_relist_duration_seconds_bucket, of which quantiles are computed since Kubernetes 1\.14$/,
    works: '(histogram_quantile(0.5, sum by (le) (rate(kubelet_pleg_relist_duration_seconds_bucket[5m]))) * 1000000)',
  },
  { name: 'a metric that nobody knows', expr: 'rate(foo[5m])', cause: /^there is no series foo$/ },
  {
    name: 'a label with a new name',
    expr: 'sum by (pod_name) (container_x)',
    known: { '{__name__="container_x"}': [{ pod: 'a' }], 'sum by (pod) (container_x)': [{}] },
    cause: /^the label pod_name of container_x is pod since Kubernetes 1\.16$/,
    works: 'sum by (pod) (container_x)',
  },
  {
    name: 'a label that nobody knows',
    expr: 'a{colour="red"}',
    known: { '{__name__="a"}': [{ pod: 'x' }], a: [{}] },
    cause: /^no series of a has the label colour$/,
    works: 'a',
  },
  {
    name: 'a value that is none',
    expr: 'a{job="old"}',
    known: { '{__name__="a"}': [{ job: 'new' }], a: [{}] },
    cause: /^no series of a fits job="old"; there are "new"$/,
    works: 'a',
  },
  {
    name: 'what is all there',
    expr: 'a > 5',
    known: { '{__name__="a"}': [{}] },
    cause: /^every series that it asks for is there/,
  },
  { name: 'what can not be read', expr: 'sum(a', error: 'parse error', cause: /^can't be read at line 1, column 6/ },
  {
    name: "Prometheus' own words",
    expr: 'a / b',
    error: 'many-to-many\nmatching',
    known: { '{__name__="a"}': [{}], '{__name__="b"}': [{}] },
    cause: /^many-to-many matching$/,
  },
]

for (const { name, expr, known = {}, error, cause, works } of rows) {
  test(`tells ${name}`, async () => {
    const found = await diagnose(prometheus(known), { expr, instant: true, ...(error && { error }) }, view)
    assert.match(found.cause, cause)
    assert.is(found.suggestion, works)
  })
}

const shows: readonly [name: string, values: readonly (readonly [number, string])[], wanted: string][] = [
  ['a value at the end', [[1790, '1']], 'data'],
  ['zero', [[1800, '0']], 'data'],
  [
    'one before the last NaN',
    [
      [1770, '1'],
      [1800, 'NaN'],
    ],
    'data',
  ],
  ['what ended long ago', [[600, '1']], 'not now'],
  ['NaN alone', [[1800, 'NaN']], 'no number'],
]
for (const [name, values, wanted] of shows) {
  test(`${name}: ${wanted}`, () => assert.is(shownBy({ result: [{ metric: {}, values }] }, view), wanted))
}
test('no series: empty', () => assert.is(shownBy({ result: [] }, view), 'empty'))

const board = {
  title: 'b',
  templating: {
    list: [
      {
        name: 'x',
        type: 'query',
        query: 'label_values(m, x)',
        multi: true,
        includeAll: true,
        allValue: '.*',
        current: { value: '$__all' },
      },
    ],
  },
  panels: [
    { id: 1, type: 'stat', title: 'one', targets: [{ refId: 'A', expr: 'm{x=~"$x"}', instant: true }] },
    { id: 2, type: 'stat', title: 'same', targets: [{ refId: 'A', expr: 'm{x=~"$x"}', instant: true }] },
    { id: 3, type: 'stat', title: 'without', targets: [{ refId: 'A', expr: 'n', instant: true }] },
  ],
}

test('each value is chosen alone; what is the same is asked once; others only until one shows something', async () => {
  const api = prometheus({ 'm{x=~".*"}': [{}], 'm{x=~"c"}': [{}] })
  const get = api.get
  const source: PrometheusApi = {
    get: <T>(path: string) => (path.startsWith('label/') ? Promise.resolve(['a', 'b', 'c', 'd'] as T) : get<T>(path)),
  }
  const proof = await proveDashboards(source, [board], { view, chosenView: view, values: 2, together: 1 })
  assert.equal(api.asked.sort(), ['m{x=~".*"}', 'm{x=~"a"}', 'm{x=~"b"}', 'm{x=~"c"}', 'n'])
  const [found] = proof.dashboards
  assert.equal(
    found?.asOpened.map(({ shown }) => shown),
    ['data', 'data', 'empty'],
  )
  assert.equal(
    found?.chosen.filter(({ query }) => query.panel.id === 1).map(({ value, shown }) => `${value} ${shown}`),
    ['a empty', 'b empty', 'c data'],
  )
})

test.run()
