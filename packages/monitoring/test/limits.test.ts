import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatLimits } from '../src/limits/command.ts'
import { compareLimits } from '../src/limits/compare.ts'
import { bytesText, coresText, notesOf, problemsOf } from '../src/limits/format.ts'
import { containersOf } from '../src/limits/read-pods.ts'
import { queriesFor } from '../src/limits/read-prometheus.ts'
import type { Measured, QueryName, SpecifiedContainer } from '../src/limits/types.ts'

const test = suite('limits')

const now = 1_800_000_000_000
const mebi = 2 ** 20
const key = 'shop/api-0/api'

const container: SpecifiedContainer = {
  ...{ namespace: 'shop', pod: 'api-0', container: 'api', managed: true, temporary: false },
  ...{ requests: { cpu: 0.1, memory: 64 * mebi }, limits: { cpu: 0.5, memory: 128 * mebi } },
  ...{ restarts: 2, lastTerminationOom: false, startedAt: now - 3_600_000 },
}

/** The results of Prometheus when all sources agree. */
const agreeing: Readonly<Record<QueryName, number | undefined>> = {
  ...{ memoryLimit: 128 * mebi, cpuLimit: 0.5, ksmMemoryLimit: 128 * mebi, ksmCpuLimit: 0.5 },
  ...{ ksmMemoryRequest: 64 * mebi, ksmCpuRequest: 0.1, restarts: 2 },
  ...{
    memory: 32 * mebi,
    cpu: 0.01,
    peak: 64 * mebi,
    peakCpu: 0.05,
    throttled: 0,
    oomKills: 0,
    lastTerminationOom: undefined,
    lastSampleTime: now / 1000 - 5,
  },
}

function measured(change: Partial<Record<QueryName, number | undefined>> = {}, name = key): Measured {
  const entries = Object.entries({ ...agreeing, ...change }) as [QueryName, number | undefined][]
  return Object.fromEntries(
    entries.map(([query, value]) => [query, new Map(value === undefined ? [] : [[name, [value]]])]),
  ) as unknown as Measured
}

const rows: readonly [
  name: string,
  spec: Partial<SpecifiedContainer>,
  change: Partial<Record<QueryName, number | undefined>>,
  problem: RegExp | undefined,
][] = [
  ['all agree', {}, {}, undefined],
  ['limits are rounded to pages', {}, { memoryLimit: 128 * mebi - 4096 }, undefined],
  [
    'cAdvisor has another memory limit',
    {},
    { memoryLimit: 256 * mebi },
    /^shop\/api-0\/api: memory limit: API server 128Mi \(134217728\), container_spec_memory_limit_bytes 256Mi/,
  ],
  [
    'cAdvisor has no memory limit',
    {},
    { memoryLimit: undefined },
    /memory limit: .*container_spec_memory_limit_bytes none/,
  ],
  [
    'cAdvisor has another CPU quota',
    {},
    { cpuLimit: 1 },
    /CPU limit: API server 500m \(0.5\), container_spec_cpu_quota .* 1 /,
  ],
  ['kube-state-metrics has another limit', {}, { ksmCpuLimit: 0.2 }, /kube_pod_container_resource_limits 200m/],
  [
    'kube-state-metrics has no request',
    {},
    { ksmMemoryRequest: undefined },
    /memory request: .*resource_requests none/,
  ],
  ['kube-state-metrics has another number of restarts', {}, { restarts: 1 }, /restarts: API server 2, .* 1$/],
  [
    'kube-state-metrics lacks an OOM kill',
    { lastTerminationOom: true },
    {},
    /last termination OOMKilled: API server 1, kube_pod_.*_reason none/,
  ],
  [
    'kube-state-metrics has an OOM kill that did not happen',
    {},
    { lastTerminationOom: 1 },
    /OOMKilled: API server none, .* 1$/,
  ],
  ['both have the OOM kill', { lastTerminationOom: true }, { lastTerminationOom: 1 }, undefined],
  ['other termination reasons are 0', {}, { lastTerminationOom: 0 }, undefined],
  ['memory usage is missing', {}, { memory: undefined }, /memory in use/],
  [
    'no limits in any source',
    { limits: {} },
    { memoryLimit: 0, cpuLimit: -1, ksmMemoryLimit: undefined, ksmCpuLimit: undefined },
    undefined,
  ],
  ['Prometheus has a limit that the spec lacks', { limits: { cpu: 0.5 } }, {}, /memory limit: API server none, kube_/],
]
for (const [name, spec, change, problem] of rows) {
  test(name, () => {
    const limits = compareLimits([{ ...container, ...spec }], measured(change), now)
    const problems = problemsOf(limits)
    if (problem)
      assert.ok(
        problems.some((each) => problem.test(each)),
        problems.join('; ') || 'no problem',
      )
    else assert.equal(problems, [])
  })
}

test('a container in its warm-up is pending', () => {
  const recent = { ...container, startedAt: now - 10_000 }
  const limits = compareLimits([recent], measured({ memoryLimit: undefined }), now)
  assert.is(limits.rows[0]?.state, 'pending')
  assert.equal(problemsOf(limits), [])
  assert.match(notesOf(limits)[0] ?? '', /no data in Prometheus yet/)
})

test('temporary pods of checks do not delay settling', () => {
  const settled = (temporary: boolean) =>
    compareLimits([{ ...container, temporary, startedAt: now }], measured({ memory: undefined }), now).settled
  assert.equal([settled(false), settled(true)], [false, true])
})

test('a container that is not running has no row and is not stale', () => {
  const { startedAt, ...ended } = container
  assert.equal(compareLimits([ended], measured(), now), { rows: [], stale: [], settled: true })
})

test('current series of a missing pod are a problem; old samples are not', () => {
  assert.match(problemsOf(compareLimits([], measured(), now))[0] ?? '', /no such pod/)
  assert.equal(problemsOf(compareLimits([], measured({ lastSampleTime: now / 1000 - 120 }), now)), [])
})

test('rows are sorted by memory utilization, with notes on near and missing limits', () => {
  const other = { ...container, container: 'other', limits: { cpu: 1 } }
  const all = compareLimits([other, container], measured({ peak: 120 * mebi }), now)
  assert.equal(
    all.rows.map((row) => row.container),
    ['api', 'other'],
  )
  assert.equal(all.rows[0]?.notes, ['at 94 % of its memory limit'])
  assert.equal(all.rows[1]?.notes, ['no memory limit'])
})

test('notes report CPU usage near the limit and throttling', () => {
  const notes = (change: Partial<Record<QueryName, number>>) =>
    compareLimits([container], measured(change), now).rows.flatMap((row) => row.notes)
  assert.equal(notes({ peakCpu: 0.46, throttled: 0.3 }), [
    'at 92 % of its CPU limit',
    'throttled in 30 % of its CPU periods',
  ])
  assert.equal(notes({ peakCpu: 0.4, throttled: 0.1 }), [])
})

test('all notes are reported', () => {
  const many = Array.from({ length: 9 }, (_, n) => ({ ...container, container: `c${n}`, limits: {} }))
  const limits = compareLimits(many, measured(), now)
  assert.is(notesOf(limits).length, 9)
  for (const { container: name } of many)
    assert.match(formatLimits(limits, false), new RegExp(`api-0/${name}: no memory`))
})

test('an OOM kill as last termination counts', () => {
  const { rows: found } = compareLimits([{ ...container, lastTerminationOom: true }], measured(), now)
  assert.is(found[0]?.oomKills, 1)
})

test('the table has units, and colors only on request', () => {
  const limits = compareLimits([container], measured(), now)
  assert.match(
    formatLimits(limits, false),
    /shop +api-0 +api +100m 64Mi +500m 128Mi +10m 32Mi +50m 64Mi +10.0 %, 50.0 % +0.0 % +0 +2\n/,
  )
  assert.not.ok(formatLimits(limits, false).includes('\u001b'))
  assert.ok(formatLimits(limits, true).includes('\u001b'))
})

test('sidecars are included, other init containers are not', () => {
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n' } },
    spec: {
      containers: [{ name: 'main', resources: { limits: { memory: '1Gi' } } }],
      initContainers: [{ name: 'prepare' }, { name: 'beside', restartPolicy: 'Always' }],
    },
    status: { containerStatuses: [{ name: 'main', state: { running: { startedAt: '2026-01-01T00:00:00Z' } } }] },
  }
  const found = containersOf([pod])
  assert.equal(
    found.map((each) => [each.container, each.limits.memory, each.startedAt]),
    [
      ['main', 2 ** 30, Date.parse('2026-01-01T00:00:00Z')],
      ['beside', undefined, undefined],
    ],
  )
})

test('quantities have the notation of specs', () => {
  assert.equal([268435456, 1023, 1.5 * 2 ** 30].map(bytesText), ['256Mi', '1023', '1.5Gi'])
  assert.equal([0.1, 2, 0.0005].map(coresText), ['100m', '2', '0.5m'])
})

test('peaks are queried over the whole retention', () => {
  assert.match(queriesFor('3d').peak, /\[3d\]/)
  assert.match(queriesFor('3d').peakCpu, /\[3d:5m\]/)
})

test.run()
