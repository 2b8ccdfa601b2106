import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings, PlatformError, type PlatformEvent } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ensureGoProgram, type GoProgram, goProgramKey } from '../src/go-program.ts'
import { repositorySources, type Sources } from '../src/pins.ts'
import { type FakeGoOptions, fakeGo } from './fake-go.ts'

const test = suite<{ cacheDir: string }>('a Go program outside of the toolchain')
test.before.each((context) => {
  context.cacheDir = mkdtempSync(join(tmpdir(), 'go-program-'))
})
test.after.each(({ cacheDir }) => rmSync(cacheDir, { recursive: true, force: true }))

const folder = 'packages/node/agent'
const program: GoProgram = { folder, program: '.' }

/** The key when there are other files as well, or files read otherwise. */
function keyWith(files: Readonly<Record<string, string>>): string {
  const sources: Sources = {
    read: (path, encoding) => files[path.slice(folder.length + 1)] ?? repositorySources.read(path, encoding),
    list: (path) => [...new Set([...repositorySources.list(path), ...Object.keys(files)])].sort(),
  }
  return goProgramKey(program, sources)
}

const original = (file: string) => repositorySources.read(join(folder, file))
const key = goProgramKey(program)

for (const [what, files, changes] of [
  ['nothing', {}, false],
  ['a source', { 'main.go': `${original('main.go')}//` }, true],
  ['a new source', { 'new.go': 'package main' }, true],
  ['a test', { 'new_test.go': 'package main' }, false],
  ['an embedded page', { 'page/index.html': '<html>' }, true],
  ['the version of a module', { 'go.mod': original('go.mod').replace('netlink v1.3.', 'netlink v1.2.') }, true],
  ['a checksum', { 'go.sum': original('go.sum').replace('h1:', 'h1:~') }, true],
  ['a comment in go.mod', { 'go.mod': `// why\n${original('go.mod')}` }, false],
] as const) {
  test(`${what} ${changes ? 'makes another program' : 'leaves it is'}`, () => {
    assert.is(keyWith(files) !== key, changes)
  })
}

test('what is no text counts byte by byte', () => {
  assert.not.equal(keyWith({ 'font.woff': '\xfe\xff' }), keyWith({ 'font.woff': '\xff\xfe' }))
})

async function ensure(cacheDir: string, options: FakeGoOptions = {}) {
  const runner = fakeGo(options)
  const events: PlatformEvent[] = []
  const settings = loadSettings({ env: { CACHE_DIR: cacheDir }, root: cacheDir })
  const emit = (event: PlatformEvent) => void events.push(event)
  return { path: await ensureGoProgram(program, { settings, runner, emit }), runner, events }
}

test('it is built once, with the flags of the toolchain', async ({ cacheDir }) => {
  const { path, runner, events } = await ensure(cacheDir)
  assert.match(readFileSync(path, 'utf8'), /^program /)
  const build = runner.calls.find(({ command }) => command[1] === 'build')
  assert.is(build?.env?.CGO_ENABLED, '0')
  assert.ok(events.some((event) => event.type === 'step.started' && event.step === 'node-agent'))
  const again = await ensure(cacheDir)
  assert.is(again.path, path)
  assert.equal(again.runner.calls, [])
})

for (const [what, options, code] of [
  ['without Go', { missing: true }, 'GO_MISSING'],
  ['with an old Go', { version: 'go1.20' }, 'GO_TOO_OLD'],
] as const) {
  test(`${what} it says what for, how to get it, and what goes without`, async ({ cacheDir }) => {
    try {
      await ensure(cacheDir, options)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, PlatformError)
      const { code: found, message, hint = '' } = error as PlatformError
      assert.is(found, code)
      assert.match(message, `the program in ${folder}`)
      assert.match(hint, /apt-get install python3-pip, or .*, or IMAGE_ARCHIVES=/)
      assert.not.match(hint, 'toolchain:import')
    }
  })
}

test.run()
