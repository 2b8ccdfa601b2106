import { repositoryRoot } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildContract, contractMetrics, ownershipOf, usersOf } from '../src/contract/build.ts'
import { contractText, readContract } from '../src/contract/files.ts'
import { liveOwnership, missingFrom } from '../src/contract/live.ts'
import { allNeeds, needsOfDashboard, needsOfRule } from '../src/contract/needs.ts'
import type { Contract, Need } from '../src/contract/types.ts'

const test = suite('metric contract')

test('the contract files match the rules and dashboards', async () => {
  const needs = await allNeeds(repositoryRoot)
  const files = readContract(repositoryRoot)
  const wanted = buildContract(needs, ownershipOf(files, needs))
  const fix = 'on a cluster with all components, run npx --yes pnpm@10.34.9 -s run verify --contract --write'
  assert.equal(Object.keys(files).sort(), Object.keys(wanted).sort(), fix)
  for (const [component, file] of Object.entries(wanted)) {
    assert.is(contractText(files[component] ?? { jobs: {}, seldom: [] }), contractText(file), fix)
  }
})

const needs: readonly Need[] = [
  { name: 'a', labels: ['x'], user: 'alert A' },
  { name: 'a', labels: ['y'], user: 'panel P' },
  { name: 'up', job: 'one', labels: ['job'], user: 'alert Down' },
  { name: 'rare', labels: [], user: 'alert R' },
]
const ownership = {
  jobs: new Map([
    ['a', 'one'],
    ['rare', 'two'],
  ]),
  owners: new Map([
    ['one', 'shop'],
    ['two', 'bank'],
  ]),
  seldom: new Set(['rare']),
}
const contract: Contract = {
  bank: { jobs: { two: { rare: [] } }, seldom: ['rare'] },
  shop: { jobs: { one: { a: ['x', 'y'], up: ['job'] } }, seldom: [] },
}

test('a file has the metrics of its jobs with the labels of all users', () => {
  assert.equal(buildContract(needs, ownership), contract)
})

test('jobs and owners are read back from the files', () => {
  assert.equal(buildContract(needs, ownershipOf(contract, needs)), contract)
})

test('a metric that no job serves is an error with its user', () => {
  const other = { name: 'gone', labels: [], user: 'alert G' }
  assert.throws(() => buildContract([...needs, other], ownership), /alert G: no job serves the metric gone/)
})

test('users that need one job do not count for another', () => {
  assert.equal(usersOf(needs, { name: 'up', job: 'one' }), ['alert Down'])
  assert.equal(usersOf(needs, { name: 'up', job: 'two' }), [])
  assert.equal(usersOf(needs, { name: 'a', job: 'one' }, 'y'), ['panel P'])
})

const all = { a: [{ job: 'one', x: '1', y: '1' }], up: [{ job: 'one' }], rare: [] }
const live = (series: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>, known = ['rare']) => ({
  series: new Map(Object.entries(series)),
  known: new Set(known),
})

const states: readonly [name: string, state: ReturnType<typeof live>, problems: readonly string[]][] = [
  ['all metrics exist', live(all), []],
  ['a metric is missing', live({ ...all, a: [] }), ['shop: a of job one is missing, needed by alert A, panel P']],
  [
    'a metric exists only in another job',
    live({ ...all, up: [{ job: 'two' }] }),
    ['shop: up of job one is missing, needed by alert Down'],
  ],
  [
    'a label is missing',
    live({ ...all, a: [{ job: 'one', x: '1' }] }),
    ['shop: the label y of a of job one is missing, needed by panel P'],
  ],
  ['a seldom metric has no metadata', live(all, []), ['bank: rare of job two is missing, needed by alert R']],
]
for (const [name, state, problems] of states) {
  test(name, () => assert.equal(missingFrom(state, contractMetrics(contract), needs), problems))
}

test('a rule needs the labels that its annotations refer to', async () => {
  const rule = { alert: 'A', expr: 'x > 1', annotations: { summary: '{{ $labels.pod }} is bad' } }
  assert.equal(await needsOfRule(rule), [{ name: 'x', labels: ['pod'], user: 'alert A' }])
})

test('an invalid rule is an error with its place', async () => {
  try {
    await needsOfRule({ alert: 'A', expr: 'sum(x' }, 'a.rules.yaml')
  } catch (error) {
    assert.is((error as Error).message, 'a.rules.yaml: alert A: line 1, column 6: it ends too early')
    return
  }
  assert.unreachable()
})

test('a dashboard needs the metrics and labels of its queries, legends and variables', async () => {
  const found = await needsOfDashboard({
    uid: 'd',
    title: 'D',
    templating: {
      list: [
        { name: 'job', type: 'query', query: 'label_values(up{cluster="c"}, job)' },
        { name: 'window', type: 'interval', query: '5m,1h' },
      ],
    },
    panels: [
      {
        ...{ id: 1, type: 'timeseries', title: 'P' },
        targets: [{ expr: 'rate(x{job="$job"}[$window])', legendFormat: '{{pod}}' }, { expr: 'y{job="db"}' }],
      },
    ],
  })
  assert.equal(found, [
    { name: 'x', labels: ['job', 'pod'], user: 'panel “P” of d' },
    { name: 'y', job: 'db', labels: ['job'], user: 'panel “P” of d' },
    { name: 'up', labels: ['cluster', 'job'], user: 'variable job of d' },
  ])
})

test('Prometheus provides the job of a metric and the component whose Service it scrapes', async () => {
  const answers: Readonly<Record<string, unknown>> = {
    metadata: { rare: [] },
    query: { result: [{ metric: { __name__: 'a', job: 'one' } }, { metric: { __name__: 'up', job: 'one' } }] },
    'targets?state=active': {
      activeTargets: [
        {
          labels: { job: 'one' },
          discoveredLabels: {
            __meta_kubernetes_namespace: 'n',
            __meta_kubernetes_service_label_app_kubernetes_io_instance: 'r',
          },
        },
        { labels: { job: 'two' }, discoveredLabels: {} },
      ],
    },
    rules: { groups: [] },
    'targets/metadata?metric=rare': [{ target: { job: 'two' } }],
  }
  const get = async <T>(path: string) => answers[path.startsWith('query?') ? 'query' : path] as T
  const endpoint = { namespace: 'm', service: 'p', port: 80 }
  const components = [
    { name: 'shop', directory: '/', release: 'r', namespace: 'n' },
    { name: 'bank', directory: '/', release: 'p', namespace: 'm', provides: { prometheus: endpoint } },
  ]
  const found = await liveOwnership({ get }, needs, { components })
  assert.equal(buildContract(needs, found), contract)
})

test.run()
