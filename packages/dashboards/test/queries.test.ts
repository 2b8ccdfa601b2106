import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { average, columns, lines, throttled } from '../src/dashboard-kit/index.ts'

const asked = (metric: string) => `sum(${metric}{node="a"})`

test('lines are asked for in one way, each by its metric, in the order given', () => {
  assert.equal(lines(asked, { swapped: 'out', free: '{{node}} in' }), [
    { expr: 'sum(swapped{node="a"})', legend: 'out' },
    { expr: 'sum(free{node="a"})', legend: '{{node}} in' },
  ])
})

test('columns are the same for a table, with a heading in place of a legend', () => {
  assert.equal(columns(asked, { swapped: 'Out', free: 'In' }), [
    { expr: 'sum(swapped{node="a"})', column: 'Out' },
    { expr: 'sum(free{node="a"})', column: 'In' },
  ])
})

const expressions: readonly (readonly [what: string, built: string, expected: string])[] = [
  [
    'an average for each value of a label',
    average('took_seconds', 'job="a"', 'verb'),
    'sum by (verb) (rate(took_seconds_sum{job="a"}[$__rate_interval])) / clamp_min(sum by (verb) (rate(took_seconds_count{job="a"}[$__rate_interval])), 0.001)',
  ],
  [
    'one average of all',
    average('took_seconds', 'job="a"'),
    'sum(rate(took_seconds_sum{job="a"}[$__rate_interval])) / clamp_min(sum(rate(took_seconds_count{job="a"}[$__rate_interval])), 0.001)',
  ],
  [
    'the throttled share of the periods',
    throttled('pod="a"', 'pod, container'),
    'sum by (pod, container) (rate(container_cpu_cfs_throttled_periods_total{pod="a"}[$__rate_interval])) / clamp_min(sum by (pod, container) (rate(container_cpu_cfs_periods_total{pod="a"}[$__rate_interval])), 0.001)',
  ],
]

for (const [what, built, expected] of expressions) test(`asks for ${what}`, () => assert.is(built, expected))

test.run()
