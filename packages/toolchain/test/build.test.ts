import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings, PlatformError, type PlatformEvent, processStart } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildToolchain } from '../src/build.ts'
import { pinsOf } from '../src/pins.ts'
import { entryFolder, entryName, placesOf } from '../src/places.ts'
import { toolchainState } from '../src/state.ts'
import { type FakeGoOptions, fakeGo, smallUnits as units } from './fake-go.ts'

const test = suite<{ cacheDir: string }>('building the toolchain')
test.before.each((context) => {
  context.cacheDir = mkdtempSync(join(tmpdir(), 'toolchain-'))
})
test.after.each(({ cacheDir }) => rmSync(cacheDir, { recursive: true, force: true }))

const [cni, etcd] = pinsOf(units) as [ReturnType<typeof pinsOf>[0], ReturnType<typeof pinsOf>[0]]
const settingsFor = (cacheDir: string) =>
  loadSettings({ env: { CACHE_DIR: cacheDir, TOOLCHAIN_SOURCE: 'build' }, root: cacheDir })

/** Builds with a fake Go; gives what came of it, and what was said. */
async function build(cacheDir: string, options: FakeGoOptions & { verify?: boolean; signal?: AbortSignal } = {}) {
  const runner = fakeGo(options)
  const events: PlatformEvent[] = []
  const { verify, signal } = options
  const settings = settingsFor(cacheDir)
  const emit = (event: PlatformEvent) => void events.push(event)
  const result = await buildToolchain({ settings, runner, units, verify, signal, emit })
  return { ...result, runner, events }
}

async function failure(work: Promise<unknown>): Promise<PlatformError> {
  try {
    await work
  } catch (error) {
    assert.instance(error, PlatformError)
    return error as PlatformError
  }
  assert.unreachable('it did not fail')
  throw new Error()
}

test('builds what is missing, one after the other, and says which of how many', async ({ cacheDir }) => {
  const { toolchain, units: built, events } = await build(cacheDir)
  const started = events.flatMap((e) => (e.type === 'step.started' ? [`${e.step} ${e.n}/${e.of}`] : []))
  assert.equal(started, [`cni ${cni.version} 1/2`, `etcd ${etcd.version} 2/2`])
  assert.equal(
    built.map((unit) => unit.built),
    [true, true],
  )
  assert.equal(readdirSync(toolchain.bin), ['etcd', 'host-local', 'loopback', 'portmap', 'ptp'])
  assert.is(readFileSync(join(toolchain.bin, 'etcd'), 'utf8'), 'program server\n')
})

test('a second build runs no command', async ({ cacheDir }) => {
  await build(cacheDir)
  const { runner, units: built } = await build(cacheDir)
  assert.equal(runner.calls, [])
  assert.equal(
    built.map((unit) => unit.built),
    [false, false],
  )
})

test('the state knows what is there and what is missing', async ({ cacheDir }) => {
  assert.equal((await toolchainState({ cacheDir }, units)).missing, ['cni', 'etcd'])
  const { toolchain } = await build(cacheDir)
  assert.equal(await toolchainState({ cacheDir }, units), { ready: toolchain, missing: [] })
  rmSync(join(toolchain.bin, 'ptp'))
  assert.equal((await toolchainState({ cacheDir }, units)).missing, ['bin'])
})

test("the user's Go settings do not reach the build", async ({ cacheDir }) => {
  const { runner } = await build(cacheDir)
  for (const { env } of runner.calls.filter(({ command }) => command[1] === 'build')) {
    assert.is(env?.GOFLAGS, '-trimpath -buildvcs=false -mod=readonly')
    assert.is(env?.CGO_ENABLED, '0')
    assert.is(env?.GOWORK, 'off')
    assert.ok('GOGC' in (env ?? {}))
  }
})

const placesFor = (cacheDir: string) => placesOf(settingsFor(cacheDir).cacheDir)
const program = (cacheDir: string) => join(entryFolder(placesFor(cacheDir), etcd), 'files/etcd')

for (const [what, damage] of [
  ['truncated', (file: string) => writeFileSync(file, '')],
  ['longer', (file: string) => appendFileSync(file, 'x')],
  ['gone', (file: string) => rmSync(file)],
  ['of the same size but other content', (file: string) => writeFileSync(file, 'program sERVER\n')],
  ['without its records', (file: string) => rmSync(join(file, '../../manifest.json'))],
  [
    'without its stamps and changed',
    (file: string) => {
      rmSync(join(file, '../../stamps.json'))
      appendFileSync(file, 'x')
    },
  ],
] as const) {
  test(`an entry that is ${what} is noticed, said, and built again alone`, async ({ cacheDir }) => {
    await build(cacheDir)
    damage(program(cacheDir))
    assert.equal((await toolchainState({ cacheDir }, units)).missing, ['etcd'])
    const { runner, events, toolchain } = await build(cacheDir)
    assert.is(runner.built().length, 1)
    assert.match(events.find((e) => e.type === 'notice')?.message ?? '', /etcd is built again/)
    assert.is(readFileSync(join(toolchain.bin, 'etcd'), 'utf8'), 'program server\n')
    assert.equal((await toolchainState({ cacheDir }, units)).missing, [])
  })
}

test('an entry that was only touched is read, found good and kept', async ({ cacheDir }) => {
  await build(cacheDir)
  utimesSync(program(cacheDir), 1, 1)
  assert.equal((await build(cacheDir)).runner.calls, [])
  assert.equal((await toolchainState({ cacheDir }, units)).missing, [])
})

test('--verify finds a change that kept size and time', async ({ cacheDir }) => {
  await build(cacheDir)
  const { atime, mtime } = statSync(program(cacheDir))
  writeFileSync(program(cacheDir), 'program sERVER\n')
  utimesSync(program(cacheDir), atime, mtime)
  assert.is((await build(cacheDir)).runner.built().length, 0)
  assert.is((await build(cacheDir, { verify: true })).runner.built().length, 1)
})

test('interrupted: no half entry, what was finished stays', async ({ cacheDir }) => {
  const stop = new AbortController()
  let builds = 0
  const onBuild = () => {
    builds += 1
    if (builds === 2) stop.abort('SIGINT')
  }
  try {
    await build(cacheDir, { onBuild, signal: stop.signal, fails: builds === 2 ? 'killed' : undefined })
    assert.unreachable()
  } catch (reason) {
    assert.is(reason, 'SIGINT')
  }
  const places = placesFor(cacheDir)
  assert.equal(readdirSync(places.units), [entryName(cni)])
  assert.equal(readdirSync(places.temporary), [])
  assert.equal(readdirSync(places.locks), [])
  assert.is((await build(cacheDir)).runner.built().length, 1)
})

test('what a killed builder left is removed; what a living one makes is not', async ({ cacheDir }) => {
  const { temporary } = placesFor(cacheDir)
  const [boot, tick] = (processStart(process.pid) ?? '').split(':')
  const living = `other-1.${process.pid}.${boot}.${tick}`
  for (const name of [`etcd-1.${process.pid}.${boot}.1`, living]) mkdirSync(join(temporary, name), { recursive: true })
  await build(cacheDir)
  assert.equal(readdirSync(temporary), [living])
})

test('the lock of a dead builder is taken over', async ({ cacheDir }) => {
  const { locks } = placesFor(cacheDir)
  mkdirSync(locks, { recursive: true })
  const dead = { pid: process.pid, start: 'another boot:1', command: 'pnpm up', since: 'long ago', id: 'x' }
  writeFileSync(join(locks, `${entryName(cni)}.lock`), JSON.stringify(dead))
  assert.is((await build(cacheDir)).runner.built().length, 2)
  assert.equal(readdirSync(locks), [])
})

test('two builders at once: the second says for whom it waits and takes the result', async ({ cacheDir }) => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const first = build(cacheDir, { onBuild: () => held })
  await new Promise((resolve) => setTimeout(resolve, 50))
  const second = build(cacheDir)
  await new Promise((resolve) => setTimeout(resolve, 50))
  release()
  const [a, b] = await Promise.all([first, second])
  assert.is(a.runner.built().length + b.runner.built().length, 2)
  const said = b.events.flatMap((e) => (e.type === 'step.progress' ? [e.message] : []))
  assert.ok(
    said.some((message) => message.startsWith(`waiting for process ${process.pid} (`)),
    said.join('\n'),
  )
  assert.equal(a.toolchain, b.toolchain)
})

for (const [what, options, code, says] of [
  ['no Go on PATH', { missing: true }, 'GO_MISSING', /python3-pip, or install Go .*, or pnpm toolchain:import/],
  ['a Go that is too old', { version: 'go1.24.4' }, 'GO_TOO_OLD', /GOTOOLCHAIN=go1\.26/],
  ['a Go that may not fetch a newer one', { version: 'go1.26.1', toolchain: 'local' }, 'GO_TOO_OLD', /GOTOOLCHAIN=go/],
  [
    'the module proxy refuses connections',
    { fails: 'go: example.org/x@v1.0.0: Get "http://x/@v/v1.zip": dial tcp 127.0.0.1:1: connect: connection refused' },
    'REGISTRY_UNREACHABLE',
    /go env GOPROXY/,
  ],
  [
    'the disk is full',
    { fails: 'link: /cache/x: no space left on device' },
    'DISK_FULL',
    /df -h .*\/toolchain \(CACHE_DIR/,
  ],
  ['a module was changed', { fails: 'verifying x: checksum mismatch' }, 'CHECKSUM_MISMATCH', /clean -modcache/],
  ['a compiler was killed', { fails: 'compile: signal: killed' }, 'OUT_OF_MEMORY', /GOMAXPROCS=1/],
  ['a module that no key covers', { module: 'example.org/new' }, 'PINS_OUT_OF_DATE', /toolchain:pins/],
  ['a compile error', { fails: './main.go:1: undefined: x' }, 'COMMAND_FAILED', /\bgo build /],
] as const) {
  test(`${what}: ${code} with a fix, nothing half-built`, async ({ cacheDir }) => {
    const error = await failure(build(cacheDir, options))
    assert.is(error.code, code)
    assert.match(error.hint ?? '', says)
    assert.equal(readdirSync(placesFor(cacheDir).units), [])
    assert.equal(readdirSync(placesFor(cacheDir).temporary), [])
  })
}

test('a Go that may fetch a newer one is left to do so', async ({ cacheDir }) => {
  assert.is((await build(cacheDir, { version: 'go1.26.1' })).runner.built().length, 2)
})

test('a cache that cannot be made says which folder', async ({ cacheDir }) => {
  writeFileSync(join(cacheDir, 'file'), '')
  try {
    await build(join(cacheDir, 'file'))
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, join(cacheDir, 'file'))
  }
})

test.run()
