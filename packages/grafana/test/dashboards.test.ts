import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { repositoryRoot } from '@platform/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { collectDashboards } from '../src/collect-dashboards.ts'

interface Target {
  readonly refId: string
  readonly expr?: string
  readonly datasource?: { readonly uid?: string }
}

interface Panel {
  readonly id: number
  readonly type: string
  readonly title?: string
  readonly description?: string
  readonly datasource?: { readonly uid?: string }
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly Target[]
}

interface Board {
  readonly uid: string
  readonly title: string
  readonly description?: string
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
  readonly templating: { readonly list?: readonly { readonly name: string }[] }
}

/** Of Grafana itself: no plugin is needed for them. */
const core = [
  'row',
  'timeseries',
  'stat',
  'gauge',
  'bargauge',
  'piechart',
  'table',
  'text',
  'heatmap',
  'state-timeline',
]

const files = await collectDashboards(repositoryRoot)
const boards = Object.entries(files).map(([file, text]) => ({ file, board: JSON.parse(text) as Board }))

/** Each rule with what it finds wrong in a dashboard. */
const rules: Readonly<Record<string, (board: Board, file: string) => readonly unknown[]>> = {
  'its file is called by its uid': ({ uid }, file) => (file === `${uid}.json` ? [] : [uid]),
  'it has a title, a description and panels': ({ title, description, panels }) =>
    title && description && panels.length ? [] : [title],
  'it is of a schema that Grafana 12 and 13 read': ({ schemaVersion }) => (schemaVersion >= 41 ? [] : [schemaVersion]),
  'no two panels have one id': ({ panels }) => panels.filter(({ id }, n) => panels.findIndex((p) => p.id === id) !== n),
  'every panel is of a core type': ({ panels }) => panels.filter(({ type }) => !core.includes(type)),
  'every panel says what it shows': ({ panels }) =>
    panels.filter(({ type, title, description }) => !title || (type !== 'row' && !description)),
  'every panel asks our datasource': ({ panels }) =>
    panels.filter(({ type, datasource }) => type !== 'row' && datasource?.uid !== 'prometheus'),
  'every panel has queries, each with a name of its own': ({ panels }) =>
    panels.filter(({ type, targets = [] }) => {
      const names = new Set(targets.map(({ refId }) => refId))
      const whole = targets.every(({ expr, datasource }) => expr && datasource?.uid === 'prometheus')
      return type !== 'row' && (!targets.length || !whole || names.size !== targets.length)
    }),
  'every variable in a query is one of the dashboard, or of Grafana': ({ panels, templating }) => {
    const known = (templating.list ?? []).map(({ name }) => name)
    const used = panels.flatMap(({ targets = [] }) =>
      targets.flatMap(({ expr = '' }) => [...expr.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name ?? '')),
    )
    return used.filter((name) => !known.includes(name) && !name.startsWith('__'))
  },
  'no panel lies on another, nor beside the page': ({ panels }) =>
    panels.filter(({ gridPos: a }, n) => {
      const over = panels.slice(0, n).some(({ gridPos: b }) => {
        const across = a.x < b.x + b.w && b.x < a.x + a.w
        return across && a.y < b.y + b.h && b.y < a.y + a.h
      })
      return over || a.x + a.w > 24
    }),
}

for (const { file, board } of boards) {
  for (const [name, wrong] of Object.entries(rules)) {
    test(`${file}: ${name}`, () => assert.equal(wrong(board, file), []))
  }
}

test('the cluster overview is among them', () => {
  assert.ok(files['cluster-overview.json'])
})

/** A workspace with these dashboards in the package `some`. */
async function collectFrom(sources: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const root = mkdtempSync(join(tmpdir(), 'dashboards-'))
  try {
    writeFileSync(join(root, 'package.json'), '{"type":"module"}')
    for (const [file, text] of Object.entries(sources)) {
      const path = join(root, 'packages/some/src/dashboards', file)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
    mkdirSync(join(root, 'packages/other'), { recursive: true })
    return await collectDashboards(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const board = (uid: string) => `export const dashboard = { uid: '${uid}', title: 'A board', panels: [] }`

test('collecting twice gives the same bytes, in the order of the names', async () => {
  const sources = { 'z.ts': board('b'), 'a.ts': board('c'), 'm.ts': board('a') }
  const [once, again] = [await collectFrom(sources), await collectFrom(sources)]
  assert.is(JSON.stringify(once), JSON.stringify(again))
  assert.equal(Object.keys(once), ['a.json', 'b.json', 'c.json'])
})

test('our own are the same bytes in another process', async () => {
  const module = new URL('../src/collect-dashboards.ts', import.meta.url).href
  const script = `import(${JSON.stringify(module)}).then(async ({ collectDashboards }) =>
    process.stdout.write(JSON.stringify(await collectDashboards(process.argv[1]))))`
  const said = execFileSync(process.execPath, ['--import', 'tsx', '--eval', script, repositoryRoot], {
    encoding: 'utf8',
  })
  assert.is(said, JSON.stringify(files))
})

const refused: Readonly<Record<string, { sources: Readonly<Record<string, string>>; says: RegExp }>> = {
  'a file without a dashboard': { sources: { 'a.ts': 'export const x = 1' }, says: /dashboards\/a\.ts must export/ },
  'a dashboard without a title': {
    sources: { 'a.ts': "export const dashboard = { uid: 'a' }" },
    says: /a\.ts must export/,
  },
  'a uid that is no name of a file': { sources: { 'a.ts': board('A b') }, says: /a\.ts must export/ },
  'two dashboards of one uid': {
    sources: { 'a.ts': board('same'), 'b.ts': board('same') },
    says: /b\.ts and .*a\.ts have the same uid, same/,
  },
  'what can not be loaded, with its line': {
    sources: { 'a.ts': "\nthrow new Error('no metric')" },
    says: /:\n {2}packages\/some\/src\/dashboards\/a\.ts:2: no metric/,
  },
  'all that is wrong, at once': {
    sources: { 'a.ts': 'export const = 1', 'b.ts': 'export const x = 1', 'c.ts': board('c') },
    says: /^2 invalid dashboards:\n {2}packages\/some\/src\/dashboards\/a\.ts.*\n {2}.*b\.ts must export/,
  },
}

for (const [name, { sources, says }] of Object.entries(refused)) {
  test(`${name} is refused by name`, async () => {
    try {
      await collectFrom(sources)
      assert.unreachable()
    } catch (error) {
      assert.match((error as Error).message, says)
    }
  })
}

test.run()
