import { repositoryRoot } from '@platform/core'
import { relabel } from '@platform/monitoring/prometheus-config'
import type { Dashboard } from '@platform/panels'
import type { ProvedQuery } from '@platform/panels/proof'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { collectDashboards } from '../src/collect-dashboards.ts'
import { exitCodeOf } from '../src/dashboards-command.ts'
import { withoutQueries } from '../src/drills/configuration.ts'
import { withoutRule } from '../src/drills/metric.ts'
import { type FileReport, whyZero } from '../src/panels/check-file.ts'
import { judgeLists, judgePanels } from '../src/panels/judge.ts'
import { judgeBoards } from '../src/panels/judge-boards.ts'

const panel = { id: 1, type: 'stat', title: 'One', targets: [{ refId: 'A', expr: 'a' }] } as const
const dashboard: Dashboard = { uid: 'b', title: 'B', panels: [panel] }
const list = (more: object = {}) => [
  { uid: 'b', file: 'b.expected.ts', expected: [{ panel: 'One', reason: 'never', ...more }] },
]

function proved(shown: ProvedQuery['shown']): ProvedQuery {
  return { query: { panel, row: undefined, refId: 'A', expr: 'a', instant: true }, shown, ms: 1 }
}

type Row = readonly [
  name: string,
  opened: ProvedQuery['shown'],
  lists: ReturnType<typeof list>,
  chosen: Readonly<Record<string, ProvedQuery['shown']>>,
  wanted: RegExp | undefined,
]

const rows: readonly Row[] = [
  ['data holds', 'data', [], {}, undefined],
  ['no data does not', 'empty', [], {}, /^no data$/],
  ['data that ended does not', 'not now', [], {}, /no data any more/],
  ['NaN does not', 'no number', [], {}, /NaN/],
  ['an error does not', 'error', [], {}, /^an error$/],
  ['silence that is expected holds', 'empty', list(), {}, undefined],
  ['of another query it does not', 'empty', list({ refId: 'B' }), {}, /^no data$/],
  ['an error that is expected does not', 'error', list(), {}, /^an error$/],
  ['data where none is expected does not', 'data', list(), {}, /the list is out of date/],
  ['one value of several that shows something holds', 'data', [], { x: 'empty', y: 'data' }, undefined],
  ['no value that shows anything does not', 'data', [], { x: 'empty', y: 'empty' }, /none with v = x, y/],
  ['an error with one value does not', 'data', [], { x: 'data', y: 'error' }, /an error with v = y/],
]

for (const [name, opened, lists, chosen, wanted] of rows) {
  test(name, () => {
    const choices = Object.entries(chosen).map(([value, shown]) => ({ ...proved(shown), variable: 'v', value }))
    const board = { dashboard, panels: 1, withoutValues: [], asOpened: [proved(opened)], chosen: choices }
    const found = judgePanels({ dashboards: [board] }, lists).map(({ what }) => what)
    if (wanted) assert.match(found.join('\n'), wanted)
    else assert.equal(found, [])
  })
}

const many: Dashboard = {
  uid: 'b',
  title: 'B',
  panels: Array.from({ length: 20 }, (_, n) => ({ ...panel, id: n, title: n ? `P${n}` : 'One' })),
}

test('a list holds up to a twentieth of the panels, and names panels and queries that there are', () => {
  assert.equal(judgeLists([many], list()).problems, [])
  assert.match(judgeLists([dashboard], list()).problems.join(), /1 of 1 panels, more than 5 %/)
  assert.match(judgeLists([many], list({ panel: 'Two' })).problems.join(), /b has no panel “Two”/)
  assert.match(judgeLists([many], list({ refId: 'Z' })).problems.join(), /“One” has no query Z/)
  assert.match(judgeLists([], list()).problems.join(), /Grafana has no dashboard b/)
})

const prometheus = { uid: 'prometheus', name: 'Prometheus', type: 'prometheus' }
const variable = { name: 'v', type: 'query', query: 'label_values(gone, job)' }
const boardRows: readonly [
  name: string,
  panels: Dashboard['panels'],
  empty: readonly object[],
  wanted: RegExp | undefined,
][] = [
  ['a panel with a query holds', [panel], [], undefined],
  ['one whose queries were taken out does not', [{ ...panel, targets: [] }], [], /^B \(b\), “One” asks nothing/],
  ['nor one without any', [{ id: 1, type: 'stat' }], [], /“panel 1” asks nothing/],
  ['nor one whose only query is hidden', [{ ...panel, targets: [{ expr: 'a', hide: true }] }], [], /asks nothing/],
  [
    'nor one in a collapsed row',
    [{ id: 2, type: 'row', title: 'r', panels: [{ ...panel, targets: [] }] }],
    [],
    /“One” asks nothing/,
  ],
  [
    'a text and a list of dashboards ask nobody',
    [
      { id: 1, type: 'text' },
      { id: 2, type: 'dashlist' },
    ],
    [],
    undefined,
  ],
  [
    'what another panel asked needs no query',
    [{ ...panel, targets: [{ refId: 'A', datasource: { uid: '-- Dashboard --' } }] }],
    [],
    undefined,
  ],
  [
    'a datasource that is not there does not hold',
    [{ ...panel, datasource: { type: 'prometheus', uid: 'nowhere' } }],
    [],
    /B \(b\), panel 1 “One”: its datasource "nowhere" is unknown; there are Prometheus/,
  ],
  [
    'nor one of a query',
    [{ ...panel, targets: [{ ...panel.targets[0], datasource: { uid: 'nowhere' } }] }],
    [],
    /"nowhere" is unknown/,
  ],
  ['nor a variable that offers nothing', [panel], [{ variable }], /\$v: label_values\(gone, job\) offers nothing/],
]

for (const [name, panels, withoutValues, wanted] of boardRows) {
  test(`of what no query tells: ${name}`, () => {
    const dashboard = { uid: 'b', title: 'B', schemaVersion: 41, panels: panels ?? [] }
    const board = { dashboard, withoutValues: withoutValues as never }
    const found = judgeBoards([board], [prometheus])
    if (wanted) assert.match(found.join('\n'), wanted)
    else assert.equal(found, [])
  })
}

test('no dashboard of ours is judged so, and each is once its queries are taken out', async () => {
  const all = Object.values(await collectDashboards(repositoryRoot)).map((text) => JSON.parse(text) as Dashboard)
  const judged = (dashboard: Dashboard) => judgeBoards([{ dashboard, withoutValues: [] }], [prometheus])
  assert.equal(all.flatMap(judged), [])
  assert.equal(
    all.filter((each) => !judged(withoutQueries(each) as Dashboard).length),
    [],
  )
})

for (const [expr, wanted] of [
  ['sum(gone) or vector(0)', /“or” is shown, for there is no series gone$/],
  ['(sum(up) / sum(gone)) or vector(0)', /no series gone$/],
  ['sum(up) or vector(0)', undefined],
  ['sum(gone)', undefined],
] as const) {
  test(`a zero that is made up is told from one that is counted: ${expr}`, async () => {
    const get = async (path: string) => ({ result: path.includes('gone') ? [] : [{}] }) as never
    const found = await whyZero({ get }, expr, { to: 1 })
    if (wanted) assert.match(found ?? '', wanted)
    else assert.is(found, undefined)
  })
}

test('a silent panel or variable is 1, what can not be used 2, all well 0', () => {
  const report = (state: 'data' | 'no data' | 'not queried', problems: string[] = []): FileReport => ({
    ...{ file: 'f', problems, variables: [] },
    panels: [{ title: 'p', type: 'stat', state, queries: [] }],
  })
  assert.is(exitCodeOf([report('data'), report('not queried')]), 0)
  assert.is(exitCodeOf([{ ...report('data'), variables: ['$v: offers nothing'] }]), 1)
  assert.is(exitCodeOf([report('data', ['x'])]), 2)
  assert.is(exitCodeOf([report('data', ['x']), report('no data')]), 1)
})

const rule = [
  'source_labels: [__name__]',
  'regex: node_load(.*)',
  'target_label: __name__',
  'replacement: node_old_load$1',
]
const configurations = {
  'a job without rules': '  - job_name: kubernetes-service-endpoints\n    scheme: http\n',
  'one with rules':
    '  - job_name: kubernetes-service-endpoints\n    metric_relabel_configs:\n      - action: keep\n    scheme: http\n',
}
for (const [name, text] of Object.entries(configurations)) {
  test(`the drill's rule is taken out again without a trace: ${name}`, () => {
    const broken = relabel('kubernetes-service-endpoints', rule)(text)
    assert.is.not(broken, text)
    assert.is(withoutRule(broken), text)
  })
}

test.run()
