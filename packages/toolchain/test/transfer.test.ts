import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings, PlatformError, systemRunner } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildToolchain } from '../src/build.ts'
import { pinsOf } from '../src/pins.ts'
import { entryFolder, placesOf } from '../src/places.ts'
import { toolchainState } from '../src/state.ts'
import { exportToolchain, importToolchain } from '../src/transfer.ts'
import { fakeGo, smallUnits as units } from './fake-go.ts'

const test = suite<{ dir: string; file: string }>('moving the toolchain')
test.before.each(async (context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'toolchain-'))
  context.file = join(context.dir, 'out/toolchain.tar.gz')
  const { emit, settings } = here(context.dir)
  await buildToolchain({ settings, runner: fakeGo(), emit, units })
})
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }))

const at = (cacheDir: string) => ({
  settings: loadSettings({ env: { CACHE_DIR: cacheDir }, root: tmpdir() }),
  runner: systemRunner,
  emit: () => {},
  units,
})
const here = (dir: string) => at(join(dir, 'here'))
const there = (dir: string) => at(join(dir, 'there'))

async function failure(work: Promise<unknown>): Promise<PlatformError> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.instance(error, PlatformError)
  return error as PlatformError
}

/** Packs the export anew with something changed in it. */
async function tamper(file: string, change: (folder: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'toolchain-'))
  await systemRunner.run(['tar', '-xf', file, '-C', folder])
  change(folder)
  await systemRunner.run(['tar', '-czf', file, '-C', folder, ...readdirSync(folder).sort().reverse()])
  rmSync(folder, { recursive: true })
}

test('what is exported here is whole there, under the same id', async ({ dir, file }) => {
  const exported = await exportToolchain(file, here(dir))
  const imported = await importToolchain(file, there(dir))
  assert.is(imported.toolchain.id, exported.toolchain.id)
  assert.is(imported.sha256, exported.sha256)
  const { ready, missing } = await toolchainState(there(dir).settings, units)
  assert.equal(missing, [])
  assert.is(readFileSync(join(ready?.bin ?? '', 'etcd'), 'utf8'), 'program server\n')
})

test('the same toolchain gives the same bytes, on another machine too', async ({ dir, file }) => {
  const first = await exportToolchain(file, here(dir))
  await importToolchain(file, there(dir))
  const second = await exportToolchain(join(dir, 'again.tar.gz'), there(dir))
  assert.is(second.sha256, first.sha256)
})

test('a damaged toolchain is not exported', async ({ dir, file }) => {
  const { settings } = here(dir)
  const [pin] = pinsOf(units)
  if (pin) appendFileSync(join(entryFolder(placesOf(settings.cacheDir), pin), 'files/ptp'), 'x')
  const error = await failure(exportToolchain(file, here(dir)))
  assert.is(error.code, 'TOOLCHAIN_INCOMPLETE')
  assert.match(error.message, /cni is damaged/)
  assert.equal(readdirSync(dir), ['here'].concat(readdirSync(dir).filter((name) => name === 'out')))
})

const entryOf = (folder: string, name: string) =>
  join(folder, readdirSync(folder).find((entry) => entry.startsWith(name)) ?? '')

for (const [what, change, says] of [
  [
    'a changed program',
    (f: string) => appendFileSync(join(entryOf(f, 'etcd'), 'files/etcd'), 'x'),
    /etcd is not what was built/,
  ],
  [
    'a program too many',
    (f: string) => writeFileSync(join(entryOf(f, 'etcd'), 'files/evil'), ''),
    /evil does not belong/,
  ],
  ['a folder too many', (f: string) => writeFileSync(join(f, 'evil'), ''), /evil does not belong/],
  ['a missing program', (f: string) => rmSync(join(entryOf(f, 'cni'), 'files/ptp')), /ptp is missing/],
  ['a missing unit', (f: string) => rmSync(entryOf(f, 'cni'), { recursive: true }), /cni is missing/],
] as const) {
  test(`a file with ${what} is refused, and nothing of it gets into the cache`, async ({ dir, file }) => {
    await exportToolchain(file, here(dir))
    await tamper(file, change)
    const error = await failure(importToolchain(file, there(dir)))
    assert.is(error.code, 'TOOLCHAIN_CORRUPT')
    assert.match(error.message, says)
    const places = placesOf(there(dir).settings.cacheDir)
    assert.equal(readdirSync(places.units), [])
    assert.equal(readdirSync(places.temporary), [])
  })
}

test('a file for other pins is refused by naming what differs', async ({ dir, file }) => {
  await exportToolchain(file, here(dir))
  await tamper(file, (folder) => {
    const path = join(folder, 'toolchain.json')
    const contents = JSON.parse(readFileSync(path, 'utf8')) as {
      units: { name: string; key: string; inputs: Record<string, string> }[]
    }
    const etcd = contents.units.find(({ name }) => name === 'etcd')
    if (etcd) Object.assign(etcd, { key: 'other', inputs: { ...etcd.inputs, 'go.etcd.io/etcd/server/v3': 'v3.0.0' } })
    writeFileSync(path, JSON.stringify(contents))
  })
  const error = await failure(importToolchain(file, there(dir)))
  assert.is(error.code, 'PINS_MISMATCH')
  assert.is(error.exitCode, 2)
  assert.match(error.message, /etcd: go\.etcd\.io\/etcd\/server\/v3 v3\.0\.0 there, v3\.\d+\.\d+ here/)
  assert.not.match(error.message, /cni/)
})

for (const [what, make, code] of [
  ['is not there', () => {}, 'FILE_NOT_FOUND'],
  ['is something else', (file: string) => writeFileSync(file, 'hello'), 'INVALID_TOOLCHAIN_ARCHIVE'],
] as const) {
  test(`a file that ${what} is refused`, async ({ dir }) => {
    const file = join(dir, 'x.tar.gz')
    make(file)
    assert.is((await failure(importToolchain(file, there(dir)))).code, code)
  })
}

test.run()
