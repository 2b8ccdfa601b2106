import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatLimits } from '../src/limits/command.ts'
import { compareLimits } from '../src/limits/compare.ts'
import { containersOf } from '../src/limits/read-pods.ts'
import { questions } from '../src/limits/read-prometheus.ts'
import type { Measured, Question, SpecifiedContainer } from '../src/limits/types.ts'
import { bytesText, coresText, notesOf, problemsOf } from '../src/limits/words.ts'

const test = suite('limits')

const now = 1_800_000_000_000
const mebi = 2 ** 20
const key = 'shop/api-0/api'

const container: SpecifiedContainer = {
  ...{ namespace: 'shop', pod: 'api-0', container: 'api', ours: true, fleeting: false },
  ...{ requests: { cpu: 0.1, memory: 64 * mebi }, limits: { cpu: 0.5, memory: 128 * mebi } },
  ...{ restarts: 2, lastEndOom: false, startedAt: now - 3_600_000 },
}

/** What Prometheus says when all agree. */
const agreeing: Readonly<Record<Question, number | undefined>> = {
  ...{ memoryLimit: 128 * mebi, cpuLimit: 0.5, statedMemoryLimit: 128 * mebi, statedCpuLimit: 0.5 },
  ...{ statedMemoryRequest: 64 * mebi, statedCpuRequest: 0.1, restarts: 2 },
  ...{
    memory: 32 * mebi,
    cpu: 0.01,
    peak: 64 * mebi,
    peakCpu: 0.05,
    throttled: 0,
    oomKills: 0,
    lastEndOom: undefined,
    lastTold: now / 1000 - 5,
  },
}

function measured(change: Partial<Record<Question, number | undefined>> = {}, name = key): Measured {
  const entries = Object.entries({ ...agreeing, ...change }) as [Question, number | undefined][]
  return Object.fromEntries(
    entries.map(([question, value]) => [question, new Map(value === undefined ? [] : [[name, [value]]])]),
  ) as unknown as Measured
}

const rows: readonly [
  name: string,
  spec: Partial<SpecifiedContainer>,
  told: Partial<Record<Question, number | undefined>>,
  problem: RegExp | undefined,
][] = [
  ['all agree', {}, {}, undefined],
  ['limits are rounded to pages', {}, { memoryLimit: 128 * mebi - 4096 }, undefined],
  [
    "cAdvisor's memory limit is another",
    {},
    { memoryLimit: 256 * mebi },
    /^shop\/api-0\/api: memory limit: API server 128Mi \(134217728\), container_spec_memory_limit_bytes 256Mi/,
  ],
  ['its series is gone', {}, { memoryLimit: undefined }, /memory limit: .*container_spec_memory_limit_bytes nothing/],
  [
    'the CPU quota is another',
    {},
    { cpuLimit: 1 },
    /CPU limit: API server 500m \(0.5\), container_spec_cpu_quota .* 1 /,
  ],
  ['kube-state-metrics tells another limit', {}, { statedCpuLimit: 0.2 }, /kube_pod_container_resource_limits 200m/],
  ['it tells no request', {}, { statedMemoryRequest: undefined }, /memory request: .*resource_requests nothing/],
  ['it tells other restarts', {}, { restarts: 1 }, /restarts: API server 2, .* 1$/],
  [
    'its last end is told as another',
    { lastEndOom: true },
    {},
    /last end OOMKilled: API server 1, kube_pod_.*_reason nothing/,
  ],
  [
    'an end for want of memory is told that there was not',
    {},
    { lastEndOom: 1 },
    /OOMKilled: API server nothing, .* 1$/,
  ],
  ['both tell of an end for want of memory', { lastEndOom: true }, { lastEndOom: 1 }, undefined],
  ['other reasons are told as 0', {}, { lastEndOom: 0 }, undefined],
  ['its use is not told', {}, { memory: undefined }, /memory in use/],
  [
    'the spec names no limits, and none are told',
    { limits: {} },
    { memoryLimit: 0, cpuLimit: -1, statedMemoryLimit: undefined, statedCpuLimit: undefined },
    undefined,
  ],
  ['the spec names no limit, and one is told', { limits: { cpu: 0.5 } }, {}, /memory limit: API server nothing, kube_/],
]
for (const [name, spec, told, problem] of rows) {
  test(name, () => {
    const limits = compareLimits([{ ...container, ...spec }], measured(told), now)
    const said = problemsOf(limits)
    if (problem)
      assert.ok(
        said.some((each) => problem.test(each)),
        said.join('; ') || 'nothing is said',
      )
    else assert.equal(said, [])
  })
}

test('what is younger than two scrapes is told as not seen yet', () => {
  const young = { ...container, startedAt: now - 10_000 }
  const limits = compareLimits([young], measured({ memoryLimit: undefined }), now)
  assert.is(limits.rows[0]?.state, 'pending')
  assert.equal(problemsOf(limits), [])
  assert.match(notesOf(limits)[0] ?? '', /not seen by Prometheus yet/)
})

test('nobody waits for the pod of a check', () => {
  const settled = (fleeting: boolean) =>
    compareLimits([{ ...container, fleeting, startedAt: now }], measured({ memory: undefined }), now).settled
  assert.equal([settled(false), settled(true)], [false, true])
})

test('what does not run has no row, and is not gone', () => {
  const { startedAt, ...ended } = container
  assert.equal(compareLimits([ended], measured(), now), { rows: [], stale: [], settled: true })
})

test('a pod that is not there and is told of all the same is a problem; what is only remembered is none', () => {
  assert.match(problemsOf(compareLimits([], measured(), now))[0] ?? '', /no such pod/)
  assert.equal(problemsOf(compareLimits([], measured({ lastTold: now / 1000 - 120 }), now)), [])
})

test('rows come by the part of the limit that was used, with what is near it or has none', () => {
  const other = { ...container, container: 'other', limits: { cpu: 1 } }
  const all = compareLimits([other, container], measured({ peak: 120 * mebi }), now)
  assert.equal(
    all.rows.map((row) => row.container),
    ['api', 'other'],
  )
  assert.equal(all.rows[0]?.notes, ['at 94 % of its memory limit'])
  assert.equal(all.rows[1]?.notes, ['no memory limit'])
})

test('what is near its CPU limit, or held back by it, is told', () => {
  const notes = (told: Partial<Record<Question, number>>) =>
    compareLimits([container], measured(told), now).rows.flatMap((row) => row.notes)
  assert.equal(notes({ peakCpu: 0.46, throttled: 0.3 }), [
    'at 92 % of its CPU limit',
    'held back in 30 % of its periods',
  ])
  assert.equal(notes({ peakCpu: 0.4, throttled: 0.1 }), [])
})

test('all notes are told, not the first few', () => {
  const many = Array.from({ length: 9 }, (_, n) => ({ ...container, container: `c${n}`, limits: {} }))
  const limits = compareLimits(many, measured(), now)
  assert.is(notesOf(limits).length, 9)
  for (const { container: name } of many)
    assert.match(formatLimits(limits, false), new RegExp(`api-0/${name}: no memory`))
})

test('a last end for want of memory counts as an OOM kill', () => {
  const { rows: found } = compareLimits([{ ...container, lastEndOom: true }], measured(), now)
  assert.is(found[0]?.oomKills, 1)
})

test('the table has units, and no colours unless they are wanted', () => {
  const limits = compareLimits([container], measured(), now)
  assert.match(
    formatLimits(limits, false),
    /shop +api-0 +api +100m 64Mi +500m 128Mi +10m 32Mi +50m 64Mi +10.0 %, 50.0 % +0.0 % +0 +2\n/,
  )
  assert.not.ok(formatLimits(limits, false).includes('\u001b'))
  assert.ok(formatLimits(limits, true).includes('\u001b'))
})

test('sidecars are containers, what only prepares is none', () => {
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

test('quantities read as in specs', () => {
  assert.equal([268435456, 1023, 1.5 * 2 ** 30].map(bytesText), ['256Mi', '1023', '1.5Gi'])
  assert.equal([0.1, 2, 0.0005].map(coresText), ['100m', '2', '0.5m'])
})

test('the peak is asked for as far back as Prometheus remembers', () => {
  assert.match(questions('3d').peak, /\[3d\]/)
  assert.match(questions('3d').peakCpu, /\[3d:5m\]/)
})

test.run()
