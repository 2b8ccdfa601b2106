import { durationMs } from '@platform/engine/settled'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bytes, quantity } from '../src/checks/common.ts'
import { isOf } from '../src/checks/limits.ts'
import { sameQuery } from '../src/checks/rule-differences.ts'
import { groupProblems } from '../src/checks/rules.ts'
import { annotatedServices, missing } from '../src/checks/targets.ts'
import { checks } from '../src/checks.ts'
import { relabel, withJob, withoutJob, withoutRule, withTarget } from '../src/drills/change.ts'
import { swapsLimits } from '../src/drills/limits.ts'
import { reloadProblem } from '../src/drills/restarts.ts'
import { drills } from '../src/drills.ts'

const test = suite('checks and drills of monitoring')

test('every check is the caughtBy of a mutation', () => {
  const caught = drills.map((drill) => (drill.kind === 'mutation' ? drill.caughtBy : ''))
  assert.equal(
    checks.map(({ id }) => id).filter((id) => !caught.includes(id)),
    [],
  )
})

test('ids are unique, and caughtBy of every mutation names an existing check', () => {
  const ids = [...checks, ...drills].map(({ id }) => id)
  assert.is(new Set(ids).size, ids.length)
  for (const drill of drills) {
    if (drill.kind === 'mutation')
      assert.ok(
        checks.some(({ id }) => id === drill.caughtBy),
        drill.id,
      )
  }
})

const quantities: [text: string, number: number][] = [
  ['256Mi', 268435456],
  ['100m', 0.1],
  ['2', 2],
  ['1e3', 1000],
  ['1500000', 1500000],
  ['128974848k', 128974848000],
]
for (const [text, number] of quantities) test(`quantity ${text} is ${number}`, () => assert.is(quantity(text), number))

test('an invalid quantity is an error', () => {
  assert.throws(() => quantity('many'), /invalid quantity/)
})

test('durations and sizes are equal in every notation of Prometheus', () => {
  assert.is(durationMs('14d'), durationMs('2w'))
  assert.is(durationMs('1h30m'), durationMs('90m'))
  assert.is(bytes('6GB'), bytes('6GiB'))
  assert.is(bytes('1GB'), bytes('1024MB'))
})

const target = (job: string, node: string, health = 'up') => ({
  ...{ labels: { job, node }, health, lastError: health === 'up' ? '' : 'refused', scrapeUrl: `http://${node}/` },
})
const nodes = { job: 'node-exporter', label: 'node', values: ['a', 'b'], of: 'node' }

const targetCases: [name: string, found: ReturnType<typeof target>[], problem: RegExp | undefined][] = [
  ['all are up', [target('node-exporter', 'a'), target('node-exporter', 'b')], undefined],
  ['one is missing', [target('node-exporter', 'a')], /for node b$/],
  ['one is down', [target('node-exporter', 'a'), target('node-exporter', 'b', 'down')], /node b .*refused/],
  [
    'one is scraped twice',
    [target('node-exporter', 'a'), target('node-exporter', 'b'), target('node-exporter', 'b')],
    /more than once/,
  ],
  ['targets of other jobs do not count', [target('other', 'a'), target('other', 'b')], /for node a, b/],
]
for (const [name, found, problem] of targetCases) {
  test(`targets: ${name}`, () => {
    const [actual] = missing(nodes, found)
    if (problem) assert.match(actual ?? 'no problem', problem)
    else assert.is(actual, undefined)
  })
}

test('targets: a wrong count is reported with both numbers', () => {
  const [actual] = missing({ job: 'prometheus', count: 1, of: 'itself' }, [])
  assert.match(actual ?? '', /0 of 0 targets are up, expected 1/)
})

const service = (name: string, scrape?: string, partOf = 'observable-platform') => ({
  ...{ apiVersion: 'v1', kind: 'Service' },
  metadata: {
    ...{ name, namespace: 'monitoring', labels: { 'app.kubernetes.io/part-of': partOf } },
    annotations: scrape === undefined ? undefined : { 'prometheus.io/scrape': scrape },
  },
})

test('targets: only annotated Services of the platform are expected', () => {
  const all = [service('grafana', 'true'), service('quiet'), service('no', 'false'), service('other', 'true', 'shop')]
  const pod = { ...service('pod', 'true'), kind: 'Pod' }
  assert.equal(
    annotatedServices([...all, pod]).map(({ metadata }) => metadata.name),
    ['grafana'],
  )
})

const wanted = {
  name: 'g',
  rules: [
    { alert: 'A', expr: 'up == 0', for: '1m', labels: { severity: 'info' } },
    { record: 'b:c:d', expr: '1' },
  ],
}
const ok = (name: string) => ({
  ...{ name, health: 'ok' },
  ...(name === 'A' ? { query: 'up == 0', duration: 60, labels: { severity: 'info' } } : { query: '1' }),
})
const changed = (change: object) => [{ name: 'g', rules: [{ ...ok('A'), ...change }, ok('b:c:d')] }]

const groups: [name: string, loaded: Parameters<typeof groupProblems>[1], problem: RegExp | undefined][] = [
  ['all rules are loaded', [{ name: 'g', rules: [ok('A'), ok('b:c:d')] }], undefined],
  ['the group is not loaded', [], /the group g is not loaded/],
  ['a rule is not loaded', [{ name: 'g', rules: [ok('A')] }], /b:c:d is not loaded/],
  ['a loaded rule is in no file', [{ name: 'g', rules: [ok('A'), ok('b:c:d'), ok('X')] }], /X is loaded/],
  [
    'a rule fails',
    [{ name: 'g', rules: [{ ...ok('A'), health: 'err', lastError: 'no' }, ok('b:c:d')] }],
    /A is err: no/,
  ],
  ['another expression', changed({ query: 'up == 2' }), /A is loaded with the expression up == 2, not up == 0/],
  ['the same expression with other whitespace', changed({ query: 'up  ==\n 0' }), undefined],
  ['a longer `for`', changed({ duration: 6000 }), /A is loaded with for 6000s, not 1m/],
  ['another keep_firing_for', changed({ keepFiringFor: 60 }), /A is loaded with keep_firing_for 60s, not 0s/],
  ['other labels', changed({ labels: { severity: 'none' } }), /labels {severity="none"}, not {severity="info"}/],
  [
    'a rule is loaded twice',
    [{ name: 'g', rules: [ok('A'), ok('A'), ok('b:c:d')] }],
    /A is loaded but in no rule file/,
  ],
  [
    'a rule fails',
    [{ name: 'g', rules: [{ ...ok('A'), health: 'err', lastError: 'why' }, ok('b:c:d')] }],
    /A is err: why/,
  ],
  [
    'a rule that is not evaluated yet is no problem',
    [{ name: 'g', rules: [{ ...ok('A'), health: 'unknown' }, ok('b:c:d')] }],
    undefined,
  ],
]
for (const [name, loaded, problem] of groups) {
  test(`rules: ${name}`, () => {
    const [actual] = groupProblems(wanted, loaded)
    if (problem) assert.match(actual ?? 'no problem', problem)
    else assert.is(actual, undefined)
  })
}

test('rules: Prometheus formats only expressions that differ in more than whitespace', async () => {
  const formatted: string[] = []
  const format = async (expr: string) => {
    formatted.push(expr)
    return expr.replace('0.050', '0.05')
  }
  const same = await sameQuery(
    [
      ['a > 0.050', 'a > 0.05'],
      ['b{x="1 2",  y="3"}', 'b{x="1 2",y="3"}'],
      ['c{x="1 2"}', 'c{x="12"}'],
    ],
    format,
  )
  assert.equal(formatted, ['a > 0.050', 'a > 0.05', 'c{x="1 2"}', 'c{x="12"}'])
  assert.ok(same('a > 0.050', 'a > 0.05'))
  assert.ok(same('b{x="1 2",  y="3"}', 'b{x="1 2",y="3"}'))
  assert.not(same('c{x="1 2"}', 'c{x="12"}'))
})

const runtime = { startTime: '2026-01-01T00:00:00Z', lastConfigTime: '2026-01-01T01:00:00Z', reloadConfigSuccess: true }
const later = { ...runtime, lastConfigTime: '2026-01-01T02:00:00Z' }
const reloads: [name: string, now: typeof runtime, problem: RegExp | undefined][] = [
  ['loaded by the same process', later, undefined],
  ['loaded by another process', { ...later, startTime: '2026-01-01T01:30:00Z' }, /restarted/],
  ['rejected', { ...later, reloadConfigSuccess: false }, /rejected/],
  ['nothing loaded', runtime, /no configuration was loaded/],
]
for (const [name, now, problem] of reloads) {
  test(`reload: ${name}`, () => {
    const actual = reloadProblem(runtime, now)
    if (problem) assert.match(actual ?? 'no problem', problem)
    else assert.is(actual, undefined)
  })
}

const config = `scrape_configs:
  - job_name: a
    scheme: https
    metric_relabel_configs:
      - action: keep
  # of b
  - job_name: b
    scheme: http
`

test('edits of drills change only their part of the configuration', () => {
  assert.is(withoutJob('a')(config), 'scrape_configs:\n  # of b\n  - job_name: b\n    scheme: http\n')
  assert.match(
    relabel('a', ['regex: x', 'action: drop'])(config),
    /relabel_configs:\n {6}- regex: x\n {8}action: drop\n {6}- action: keep/,
  )
  assert.match(
    relabel('b', ['regex: x', 'action: drop'])(config),
    /- job_name: b\n {4}metric_relabel_configs:\n {6}- regex: x\n {8}action: drop\n {4}scheme: http/,
  )
  assert.is(withoutJob('c')(config), config)
  assert.is(withoutJob('c')(withJob('c')(config)), config)
  assert.match(
    withTarget('c', 'x:1', 'd')(withJob('c')(config).replace('static_configs: []', 'static_configs:')),
    /- job_name: c\n {4}static_configs:\n {6}- targets:\n {10}- x:1\n {8}labels:\n {10}job: d\n {2}- job_name: a/,
  )
  assert.is(relabel('c', ['x'])(config), config)
})

test('swapsLimits swaps the limits of two containers in three steps', () => {
  const edited = swapsLimits(
    'a',
    'b',
  )('scrape_configs:\n  - job_name: kubernetes-service-endpoints\n    scheme: http\n')
  assert.equal(edited.match(/memory;\S+|replacement: \S+/g), [
    ...['memory;a', 'replacement: drill-swap', 'memory;b', 'replacement: a'],
    ...['memory;drill-swap', 'replacement: b'],
  ])
})

test('withoutRule removes one rule from a file', () => {
  const file = 'rules:\n      - alert: A\n        expr: up\n        for: 1m\n      - alert: B\n        expr: up\n'
  assert.is(withoutRule('A')(file), 'rules:\n      - alert: B\n        expr: up\n')
})

const ofContainer: readonly (readonly [name: string, labels: Readonly<Record<string, string>>, wanted: boolean])[] = [
  ['the current pod', { uid: 'u2' }, true],
  ['an earlier pod of the same name', { uid: 'u1' }, false],
  ['the container, by its cgroup', { id: '/kubepods/burstable/podu2/c2' }, true],
  ["the container, by systemd's cgroup", { id: '/kubepods.slice/podu2.slice/cri-containerd-c2.scope' }, true],
  ['an earlier container of the same pod', { id: '/kubepods/burstable/podu2/c1' }, false],
  ['a series with neither label', {}, true],
]
for (const [name, labels, wanted] of ofContainer) {
  test(`series of a container: ${name}`, () => assert.is(isOf({ labels }, { uid: 'u2', id: 'c2' }), wanted))
}

test.run()
