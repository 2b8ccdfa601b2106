import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  allPanels,
  builtIns,
  type Choice,
  choose,
  formatValue,
  interpolate,
  legend,
  moment,
  type Panel,
  queryPanels,
  reduce,
  referredVariables,
  resolveVariables,
  seconds,
  seriesOf,
  tableOf,
  type VariableSource,
  viewOf,
} from '../src/index.ts'

const view = { from: 1000, to: 4600, step: 15, scrapeInterval: 15 }
const one = (value: string): Choice => ({ values: [value], multi: false })
const many = (...values: string[]): Choice => ({ values, multi: true })

const interpolations: [string, string, Record<string, Choice>, string][] = [
  ['a single value as it is', 'up{job="$job"}', { job: one('a.b') }, 'up{job="a.b"}'],
  ['quotes in a single value are escaped', 'up{job="$job"}', { job: one('a"b\\c') }, 'up{job="a\\"b\\\\c"}'],
  ['several values as alternatives', 'up{job=~"$job"}', { job: many('a', 'b') }, 'up{job=~"(a|b)"}'],
  ['what several may be is escaped twice', 'up{job=~"$job"}', { job: many('a.b') }, 'up{job=~"a\\\\.b"}'],
  ['everything as its own text', 'up{job=~"$job"}', { job: { ...many('a'), all: '.*' } }, 'up{job=~".*"}'],
  ['braces and brackets', `\${job} [[job]]`, { job: one('a') }, 'a a'],
  ['formats', `\${job:pipe} \${job:csv} \${job:regex}`, { job: many('a.', 'b') }, 'a.|b a.,b (a\\.|b)'],
  ['the interval of rates is four scrapes at least', 'rate(x[$__rate_interval])', {}, 'rate(x[60s])'],
  ['the range', 'increase(x[$__range])', {}, 'increase(x[3600s])'],
  ['what nobody knows stays', 'up{job="$other"}', {}, 'up{job="$other"}'],
  ['a longer name is another variable', '$jobs $job', { job: one('a') }, '$jobs a'],
]

for (const [name, text, chosen, expected] of interpolations) {
  test(`interpolate: ${name}`, () => assert.is(interpolate(text, chosen, view), expected))
}

const units: [number | null, string, string][] = [
  [1536, 'bytes', '1.5 KiB'],
  [0.256, 'percentunit', '25.6%'],
  [12.345, 'percent', '12.3%'],
  [90, 's', '1.5 min'],
  [0.0042, 's', '4.2 ms'],
  [1_500_000, 'short', '1.5 M'],
  [2500, 'Bps', '2.5 kB/s'],
  [0.001234, 'none', '0.001'],
  [null, 'bytes', '–'],
  [3, 'parsecs', '3 parsecs'],
]

for (const [value, unit, expected] of units) {
  test(`formatValue: ${value} as ${unit}`, () => assert.is(formatValue(value, unit), expected))
}

test('panels of collapsed rows are read with their row', () => {
  const inner = {
    id: 2,
    type: 'stat',
    targets: [
      { refId: 'A', expr: 'up' },
      { refId: 'B', expr: 'down', hide: true },
    ],
  }
  const dashboard = {
    title: 'x',
    panels: [
      { id: 1, type: 'row', title: 'R', panels: [inner] },
      { id: 3, type: 'text' },
    ],
  }
  assert.equal(
    allPanels(dashboard).map(({ panel, row }) => [panel.id, row]),
    [
      [2, 'R'],
      [3, 'R'],
    ],
  )
  assert.equal(
    queryPanels(dashboard).map(({ targets }) => targets.map(({ expr }) => expr)),
    [['up']],
  )
})

const source: VariableSource = {
  labelValues: async (label, match) => (label === '__name__' ? ['up', 'go_x'] : [`${label}/${match}`, 'b10', 'b9']),
  labelNames: async () => ['job'],
  query: async () => ['up{job="a"} 1 1000', 'up{job="b"} 0 1000'],
}

test('variables are resolved one after the other, sorted and filtered', async () => {
  const list = [
    { name: 'a', type: 'query', query: 'label_values(up, job)', regex: '/b(\\d+)/', sort: 3 },
    { name: 'b', type: 'query', query: { query: 'label_values(kube{x="$a"}, node)' }, includeAll: true, multi: true },
    { name: 'c', type: 'query', query: 'query_result(up)', regex: '/job="(\\w)"/' },
    { name: 'd', type: 'custom', query: 'one : 1,two : 2' },
    { name: 'e', type: 'query', query: 'metrics(^go_)' },
  ]
  const resolved = await resolveVariables({ title: 'x', templating: { list } }, source, view)
  assert.equal(
    resolved.map(({ options }) => options),
    [['9', '10'], ['node/kube{x="9"}', 'b10', 'b9'], ['a', 'b'], ['1', '2'], ['go_x']],
  )
  assert.equal(
    resolved.map(({ choice }) => choice.values.length),
    [1, 3, 1, 1, 1],
  )
})

test('what is asked for is chosen, whether it is among the options or not', () => {
  const variable = { name: 'a', type: 'query', current: { value: 'gone' } }
  assert.equal(choose(variable, ['x', 'y']), { values: ['x'], multi: false })
  assert.equal(choose(variable, ['x', 'y'], ['z']), { values: ['z'], multi: false })
  assert.equal(choose({ ...variable, includeAll: true, allValue: '.*' }, ['x'], ['$__all']).all, '.*')
})

test('the variables that a query refers to', () => {
  assert.equal(referredVariables(`x{a="$node", b=~"\${pod:regex}"}[$__rate_interval]`), ['node', 'pod'])
})

test('legends and overrides name the series', () => {
  const panel: Panel = {
    type: 'timeseries',
    targets: [{ refId: 'A', expr: 'up', legendFormat: '{{job}} of {{ node }}' }],
    fieldConfig: {
      defaults: { unit: 's' },
      overrides: [{ matcher: { id: 'byRegexp', options: '/^a/' }, properties: [{ id: 'unit', value: 'bytes' }] }],
    },
  }
  const result = [
    {
      metric: { job: 'a', node: 'n' },
      values: [
        [1, '2'],
        [2, 'NaN'],
      ] as [number, string][],
    },
  ]
  const [series] = seriesOf(panel, [{ refId: 'A', expr: 'up', resultType: 'matrix', result }])
  assert.is(series?.name, 'a of n')
  assert.equal(series?.values, [2, null])
  assert.is(series?.config.unit, 'bytes')
  assert.is(legend(undefined, { __name__: 'up', job: 'a' }, 'up'), 'up{job="a"}')
})

test('a table has a row for each set of labels and a column for each query', () => {
  const panel: Panel = {
    type: 'table',
    transformations: [
      { id: 'organize', options: { excludeByName: { job: true }, renameByName: { 'Value #A': 'CPU' } } },
    ],
  }
  const row = (pod: string, value: string) => ({ metric: { pod, job: 'x' }, value: [1, value] as [number, string] })
  const answer = (refId: string, ...result: ReturnType<typeof row>[]) => ({
    refId,
    expr: '',
    resultType: 'vector' as const,
    result,
  })
  const { columns, rows } = tableOf(panel, [answer('A', row('a', '1'), row('b', '2')), answer('B', row('a', '3'))])
  assert.equal(
    columns.map(({ name }) => name),
    ['pod', 'CPU', 'Value #B'],
  )
  assert.equal(rows, [
    ['a', 1, 3],
    ['b', 2, null],
  ])
})

test('reducers', () => {
  assert.is(reduce([1, 2, null]), 2)
  assert.is(reduce([1, 2, 3], 'mean'), 2)
  assert.is(reduce([], 'max'), null)
})

test('times', () => {
  assert.is(moment('now-1h', 5000), 1400)
  assert.is(moment('1700000000000', 0), 1_700_000_000)
  assert.is(seconds('250ms'), 0.25)
  assert.is(seconds('soon'), undefined)
  assert.is(viewOf(0, 3600, { points: 300 }).step, 15)
  assert.is(viewOf(0, 86_400, { points: 300 }).step, 300)
  assert.is(builtIns(view).__range_s, '3600')
})

test.run()
