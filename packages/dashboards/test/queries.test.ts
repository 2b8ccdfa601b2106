import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { average, columns, lines, throttled } from '../src/dashboard-kit/index.ts'

const query = (metric: string) => `sum(${metric}{node="a"})`

test('lines builds a query with a legend for each metric, in the given order', () => {
  assert.equal(lines(query, { swapped: 'out', free: '{{node}} in' }), [
    { expr: 'sum(swapped{node="a"})', legend: 'out' },
    { expr: 'sum(free{node="a"})', legend: '{{node}} in' },
  ])
})

test('columns builds a query with a column heading for each metric', () => {
  assert.equal(columns(query, { swapped: 'Out', free: 'In' }), [
    { expr: 'sum(swapped{node="a"})', column: 'Out' },
    { expr: 'sum(free{node="a"})', column: 'In' },
  ])
})

const expressions: readonly (readonly [subject: string, built: string, expected: string])[] = [
  [
    'the average by label',
    average('took_seconds', 'job="a"', 'verb'),
    'sum by (verb) (rate(took_seconds_sum{job="a"}[$__rate_interval])) / clamp_min(sum by (verb) (rate(took_seconds_count{job="a"}[$__rate_interval])), 0.001)',
  ],
  [
    'the overall average',
    average('took_seconds', 'job="a"'),
    'sum(rate(took_seconds_sum{job="a"}[$__rate_interval])) / clamp_min(sum(rate(took_seconds_count{job="a"}[$__rate_interval])), 0.001)',
  ],
  [
    'the throttled share of periods',
    throttled('pod="a"', 'pod, container'),
    'sum by (pod, container) (rate(container_cpu_cfs_throttled_periods_total{pod="a"}[$__rate_interval])) / clamp_min(sum by (pod, container) (rate(container_cpu_cfs_periods_total{pod="a"}[$__rate_interval])), 0.001)',
  ],
]

for (const [subject, built, expected] of expressions) test(`expression of ${subject}`, () => assert.is(built, expected))

test.run()
