import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readDashboard } from '../src/file/index.ts'
import { queryPanels } from '../src/index.ts'

const known = [{ uid: 'prometheus', name: 'Prometheus', type: 'prometheus' }]
const panel = (more: object = {}) => ({
  id: 1,
  type: 'timeseries',
  title: 'p',
  targets: [{ refId: 'A', expr: 'up' }],
  ...more,
})
const board = (more: object = {}) => JSON.stringify({ title: 'b', schemaVersion: 36, panels: [panel()], ...more })

const problems: readonly [name: string, text: string, wanted: RegExp | undefined][] = [
  ['a whole dashboard', board(), undefined],
  ['text that is no JSON', '{"a": [1,\n 2}', /^is not JSON: line 2, column 3: unexpected "}"$/],
  ['JSON that ends too early', '{"a": [1', /^is not JSON: line 1, column \d+: it ends too early$/],
  ['a list', '[]', /^is no dashboard: an object/],
  ['an object of another kind', '{"schemaVersion": 36}', /^is no dashboard: it has no panels/],
  ['one without a version', '{"panels": []}', /^is no dashboard: schemaVersion is missing/],
  ['one that is too old', board({ schemaVersion: 6 }), /^schemaVersion: 6 is too old, 12/],
  ['one of the newer API', '{"apiVersion": "dashboard.grafana.app/v2", "spec": {}}', /^apiVersion: dashboard/],
  ['a plugin', board({ panels: [panel({ type: 'my-plugin' })] }), /^panel 1 “p”: its type "my-plugin"/],
  [
    'another datasource',
    board({ panels: [panel({ datasource: { type: 'loki', uid: 'x' } })] }),
    /^panel 1 “p”: its datasource is of the type loki/,
  ],
  [
    'an unknown datasource',
    board({ panels: [panel({ datasource: 'influx' })] }),
    /“p”: its datasource "influx" is unknown; there are Prometheus/,
  ],
  ['one by its name', board({ panels: [panel({ datasource: 'prometheus' })] }), undefined],
  [
    'a variable that is none',
    board({ panels: [panel({ datasource: `\${DS_X}` })] }),
    /\$\{DS_X\} is no input and no variable/,
  ],
  [
    'a datasource variable',
    board({ panels: [panel({ datasource: '$ds' })], templating: { list: [{ name: 'ds', type: 'datasource' }] } }),
    undefined,
  ],
  [
    'an input that Grafana lacks',
    board({ __inputs: [{ name: 'DS_L', type: 'datasource', pluginId: 'loki' }] }),
    /^__inputs\.DS_L: .*loki/,
  ],
]

for (const [name, text, wanted] of problems) {
  test(name, () => {
    const { problems: found } = readDashboard(text, known)
    if (wanted) assert.match(found.join('\n'), wanted)
    else assert.equal(found, [])
  })
}

test('inputs become our datasource, constants their values', () => {
  const text = board({
    __inputs: [
      { name: 'DS_X', type: 'datasource', pluginId: 'prometheus' },
      { name: 'VAR_JOB', type: 'constant', value: 'node' },
    ],
    panels: [panel({ datasource: `\${DS_X}`, targets: [{ refId: 'A', expr: `up{job="\${VAR_JOB}"}` }] })],
  })
  const { dashboard, problems: found } = readDashboard(text, known)
  assert.equal(found, [])
  assert.is(dashboard?.panels?.[0]?.datasource, 'prometheus')
  assert.is(dashboard?.panels?.[0]?.targets?.[0]?.expr, 'up{job="node"}')
  assert.is('__inputs' in (dashboard ?? {}), false)
})

test('rows of before schema 16 are panels under their titles', () => {
  const rows = [{ title: 'r', panels: [panel(), panel()] }]
  const { dashboard } = readDashboard(JSON.stringify({ title: 'b', schemaVersion: 14, rows }), known)
  const found = dashboard ? queryPanels(dashboard) : []
  assert.equal(
    found.map(({ row }) => row),
    ['r', 'r'],
  )
  assert.is(new Set(found.map((each) => each.panel.id)).size, 2)
})

test('a panel of a datasource that is not there asks nothing, the others do', () => {
  const { dashboard } = readDashboard(board({ panels: [panel({ datasource: 'influx' }), panel({ id: 2 })] }), known)
  assert.equal(
    (dashboard ? queryPanels(dashboard) : []).map((each) => each.panel.id),
    [2],
  )
})

test.run()
