import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PlatformEvent, Settings } from '@platform/core'
import { readOverlays } from '@platform/engine/overlays'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchOriginals, missing, state, wrong } from '../src/originals/external-inputs.ts'
import { importOriginals } from '../src/originals/import-originals.ts'

const board = (more: object = {}) =>
  JSON.stringify({
    ...{ id: 7, uid: 'theirs', title: 'Theirs', schemaVersion: 36 },
    __inputs: [{ name: 'DS_X', type: 'datasource', pluginId: 'prometheus' }],
    panels: [
      { id: 1, type: 'stat', title: 'p', datasource: { uid: `\${DS_X}` }, targets: [{ refId: 'A', expr: 'up' }] },
    ],
    ...more,
  })

/** A checkout with an overlay that names originals, and a cache of its own. */
async function withOverlay(
  { originals, files = {}, url }: { originals: string; files?: Readonly<Record<string, string>>; url?: string },
  work: (checkout: { root: string; settings: Settings; files: readonly string[] }) => Promise<void>,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'originals-'))
  const overlay = join(root, 'values/mine/grafana.yaml')
  const all = { 'values/mine/grafana.yaml': `plugins: []\noriginals:\n${originals}\n`, ...files }
  try {
    for (const [file, text] of Object.entries(all)) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    const settings = { cacheDir: join(root, 'cache'), components: { GRAFANA_COM_URL: url } } as unknown as Settings
    await work({ root, settings, files: [overlay] })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function importAll(
  { root, settings, files }: { root: string; settings: Settings; files: readonly string[] },
  ours = {},
) {
  return importOriginals({ settings, root, overlays: readOverlays(files, root).own, ours })
}

test('a file beside the overlay is imported with its inputs filled in and its own uid', () =>
  withOverlay(
    { originals: '  - file: boards/a.json', files: { 'values/mine/boards/a.json': board() } },
    async (checkout) => {
      const found = importAll(checkout)
      assert.equal(Object.keys(found), ['original-theirs.json'])
      const { id, uid, panels } = JSON.parse(found['original-theirs.json'] ?? '')
      assert.is(id, undefined)
      assert.is(uid, 'theirs')
      assert.is(panels[0].datasource.uid, 'prometheus')
      assert.is(JSON.stringify(importAll(checkout)), JSON.stringify(found))
    },
  ))

test('a uid of ours stays ours', () =>
  withOverlay({ originals: '  - file: a.json', files: { 'values/mine/a.json': board() } }, async (checkout) => {
    assert.equal(Object.keys(importAll(checkout, { 'theirs.json': '{}' })), ['original-a.json'])
  }))

const bad: readonly [name: string, text: string | undefined, says: RegExp, left: readonly string[]][] = [
  ['no JSON', '{', /^values\/mine\/grafana\.yaml:3: originals\.0: a\.json: is not JSON: line 1/, []],
  ['no such file', undefined, /grafana\.yaml:3: originals\.0: a\.json: can't be read: ENOENT/, []],
  ['a schema that is too old', board({ schemaVersion: 3 }), /a\.json: schemaVersion: 3 is too old/, []],
  [
    'a plugin, without which the rest is shown',
    board({ uid: 'a', panels: [{ id: 1, type: 'x', title: 'p' }] }),
    /a\.json: panel 1 “p”: its type "x"/,
    ['original-a.json'],
  ],
]
for (const [name, text, says, left] of bad) {
  test(`a bad file is named with its place each time, and the rest comes up: ${name}`, () =>
    withOverlay(
      {
        originals: '  - file: a.json\n  - file: b.json',
        files: { 'values/mine/b.json': board(), ...(text !== undefined && { 'values/mine/a.json': text }) },
      },
      async (checkout) => {
        assert.equal(Object.keys(importAll(checkout)), [...left, 'original-theirs.json'])
        const found = await wrong(checkout)
        assert.is(found.length, 1)
        assert.match(found.join(), says)
        assert.equal(await missing(checkout), [])
      },
    ))
}

test('one of grafana.com that was fetched and can not be used is named each time', () =>
  withOverlay({ originals: '  - {id: 405, revision: 8}' }, async (checkout) => {
    assert.equal(await wrong(checkout), [])
    mkdirSync(join(checkout.root, 'cache/originals'), { recursive: true })
    writeFileSync(join(checkout.root, 'cache/originals/405-8.json'), '{"message": "hello"}')
    assert.equal(importAll(checkout), {})
    assert.match((await wrong(checkout)).join(), /grafana\.yaml:3: originals\.0: 405 of grafana\.com: is no dashboard/)
  }))

test('ids are fetched once; one that there is not is named, the rest goes on', async () => {
  const asked: string[] = []
  const server = createServer((request, answer) => {
    asked.push(request.url ?? '')
    const found = request.url === '/api/dashboards/405/revisions/8/download'
    answer.writeHead(found ? 200 : 404).end(found ? board({ uid: undefined }) : '{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const originals = '  - {id: 9, revision: 1}\n  - {id: 405, revision: 8}'
  try {
    await withOverlay({ originals, url }, async (checkout) => {
      assert.equal(await missing(checkout), ['dashboard 9, revision 1', 'dashboard 405, revision 8'])
      const before = await state(checkout)
      assert.equal(importAll(checkout), {})
      const context = { emit: () => {}, signal: new AbortController().signal }
      const gone = await fetchOriginals(checkout, context)
      assert.match(gone.join(), /^values\/mine\/grafana\.yaml:3: originals\.0: dashboard 9, revision 1: .*404/)
      assert.equal(await missing(checkout), ['dashboard 9, revision 1'])
      assert.is.not(await state(checkout), before)
      assert.equal(Object.keys(importAll(checkout)), ['original-grafana-com-405.json'])
      await fetchOriginals(checkout, context)
      assert.is(asked.filter((path) => path.includes('405')).length, 1)
    })
  } finally {
    server.close()
  }
})

test('without a way there it says so, and nothing fails', () =>
  withOverlay({ originals: '  - {id: 405, revision: 8}', url: 'http://127.0.0.1:9' }, async (checkout) => {
    const events: PlatformEvent[] = []
    const context = { emit: (event: PlatformEvent) => void events.push(event), signal: new AbortController().signal }
    assert.equal(await fetchOriginals(checkout, context), [])
    const [notice] = events
    assert.is(notice?.type, 'notice')
    if (notice?.type === 'notice') assert.match(notice.message, /405 could not be fetched.*HTTPS_PROXY/)
    assert.equal(importAll(checkout), {})
  }))

test.run()
