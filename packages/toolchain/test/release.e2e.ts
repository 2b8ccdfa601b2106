import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings, PlatformError, type PlatformEvent, type Runner, systemRunner } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildToolchain } from '../src/build.ts'
import type { BuildOptions } from '../src/build-options.ts'
import { describeToolchain } from '../src/describe.ts'
import { releaseFilesOf } from '../src/origin.ts'
import { pinsOf } from '../src/pins.ts'
import { placesOf } from '../src/places.ts'
import { toolchainState } from '../src/state.ts'
import { units } from '../src/units.ts'
import { fakeGo } from './fake-go.ts'
import { layOutRelease, type Misbehaviour, type ReleaseServer, serveReleases } from './release-server.ts'

/** Releases of every unit that has one, made for the test and served on loopback; the Go beside them is a fake. */
const test = suite<{ home: string; server: ReleaseServer }>('official binaries')
const released = units.filter((unit) => unit.kind !== 'debian' && unit.release)
const files = pinsOf(released).flatMap(releaseFilesOf)
const folder = mkdtempSync(join(tmpdir(), 'releases-'))
const text = (name: string) => new TextEncoder().encode(`official ${name}\n${'x'.repeat(300_000)}`)

test.before(() => {
  for (const file of files) layOutRelease(folder, file, text)
})
test.after(() => rmSync(folder, { recursive: true, force: true }))
test.before.each(async (context) => {
  context.home = mkdtempSync(join(tmpdir(), 'toolchain-release-'))
  context.server = await serveReleases(folder)
})
test.after.each(async ({ home, server }) => {
  await server.close()
  rmSync(home, { recursive: true, force: true })
})

type Source = 'auto' | 'release' | 'build'

async function get(
  { home, server }: { home: string; server: ReleaseServer },
  source: Source,
  { runner = tarAndGo(), ...options }: Partial<BuildOptions> = {},
) {
  const env = {
    ...{ CACHE_DIR: home, TOOLCHAIN_SOURCE: source, TOOLCHAIN_RELEASE_MIRROR: server.mirror },
  }
  const settings = loadSettings({ env, root: home })
  const events: PlatformEvent[] = []
  const emit = (event: PlatformEvent) => void events.push(event)
  const work = buildToolchain({ settings, runner, emit, units: small, stallMs: 700, ...options })
  return { settings, events, ...(await work) }
}

/** What is compiled quickly by a fake: CNI's plugins and etcd. */
const small = units.filter(({ name }) => ['cni', 'etcd'].includes(name))

function tarAndGo(): Runner {
  const go = fakeGo()
  const by = (command: readonly string[]) => (command[0] === 'tar' ? systemRunner : go)
  return {
    run: (command, run) => by(command).run(command, run),
    probe: (command, run) => by(command).probe(command, run),
  }
}

async function failure(work: Promise<unknown>): Promise<PlatformError> {
  try {
    await work
  } catch (error) {
    assert.instance(error, PlatformError)
    return error as PlatformError
  }
  throw new Error('it did not fail')
}

test('every program of every release, in the layout of its upstream', async (context) => {
  const { toolchain, settings, units: got } = await get(context, 'auto', { units: released })
  const names = readdirSync(toolchain.bin)
  for (const name of [
    'kubelet',
    'kube-apiserver',
    'kube-proxy',
    'kubectl',
    'etcd',
    'containerd',
    'ctr',
    'runc',
    'ptp',
    'helm',
  ])
    assert.ok(names.includes(name), name)
  for (const name of names) {
    const file = join(toolchain.bin, name)
    assert.match(readFileSync(file, 'utf8').split('\n')[0] ?? '', `official ${name}`)
    assert.is(statSync(file).mode & 0o777, 0o755)
  }
  for (const { origin } of got) assert.is(origin.source, 'release')
  assert.equal((await toolchainState(settings, released)).missing, [])
  const described = describeToolchain(settings, released)
  assert.equal(
    new Set(described.map(({ source, verified }) => `${source} ${verified}`)),
    new Set(['release published']),
  )
  assert.is(described.length, names.length)
  assert.equal(readdirSync(placesOf(settings.cacheDir).temporary), [])
  context.server.asked.length = 0
  await get(context, 'auto', { units: released })
  assert.equal(context.server.asked, [], 'what is there is not asked for')
})

test('each host is asked once whether it is there, and each file is fetched once', async (context) => {
  await get(context, 'auto')
  const [cni, etcd] = pinsOf(small).flatMap(releaseFilesOf)
  const count = (url = '') => context.server.asked.filter((path) => path === url.replace('https://', '')).length
  assert.is(count(cni?.url), 1)
  assert.is(count(etcd?.url), 1)
  assert.is(context.server.asked.length, 5, context.server.asked.join('\n'))
})

const etcdArchive = 'linux-amd64.tar.gz'
const short: Misbehaviour = (response, content) => {
  response.writeHead(200, { 'content-length': content.length })
  response.write(content.subarray(0, 200))
  setTimeout(() => response.destroy(), 50)
}
const silent: Misbehaviour = (response, content) => {
  response.writeHead(200, { 'content-length': content.length })
  response.write(content.subarray(0, 200))
}
const changed: Misbehaviour = (response, content) => {
  content[content.length - 9] = (content[content.length - 9] ?? 0) ^ 1
  response.end(content)
}
const absent: Misbehaviour = (response) => void response.writeHead(404).end('no such release')
const broken: Misbehaviour = (response) => void response.writeHead(503).end()

for (const [what, end, misbehave, code, says] of [
  [
    'a file that was changed',
    etcdArchive,
    changed,
    'DOWNLOAD_CHECKSUM_MISMATCH',
    /is not what .*SHA256SUMS says: SHA-256/,
  ],
  [
    'a checksum of something else',
    'SHA256SUMS',
    (r) => void r.end(`${'0'.repeat(64)}  etcd-other.tar.gz\n`),
    'DOWNLOAD_CHECKSUM_MISSING',
    /has no SHA-256/,
  ],
  ['a file that ends too early', etcdArchive, short, 'DOWNLOAD_TRUNCATED', /ended after \d+ of \d+ bytes/],
  ['a file that is not there', etcdArchive, absent, 'DOWNLOAD_NOT_FOUND', /404/],
  ['a server in trouble', etcdArchive, broken, 'DOWNLOAD_UNREACHABLE', /503/],
  ['a transfer that stalls', etcdArchive, silent, 'DOWNLOAD_STALLED', /nothing came for 0\.7 s/],
] as [string, string, Misbehaviour, string, RegExp][]) {
  test(`${what}: release fails, auto builds it and takes the others`, async (context) => {
    context.server.bad.set(end, misbehave)
    const error = await failure(get(context, 'release'))
    assert.is(error.code, code)
    assert.match(error.message, says)
    assert.match(error.hint ?? '', /TOOLCHAIN_SOURCE=build/)
    const places = placesOf(context.home)
    assert.not.ok(readdirSync(places.units).some((name) => name.startsWith('etcd')))
    assert.equal(readdirSync(places.temporary), [])

    const { units: got, events, toolchain } = await get(context, 'auto')
    const sources = Object.fromEntries(got.map(({ name, origin }) => [name, origin.source]))
    assert.equal(sources, { cni: 'release', etcd: 'compiled' })
    assert.match(readFileSync(join(toolchain.bin, 'etcd'), 'utf8'), /^program/)
    assert.ok(
      events.some((e) => e.type === 'notice' && e.level === 'warn' && /^etcd is built here instead/.test(e.message)),
    )
  })
}

test('a transfer that is slow but goes on is waited for, longer than a stall may last', async (context) => {
  context.server.bad.set(etcdArchive, (response, content) => {
    response.writeHead(200, { 'content-length': content.length })
    const size = Math.ceil(content.length / 10)
    const send = (at: number) => {
      if (at >= content.length) return void response.end()
      response.write(content.subarray(at, at + size))
      setTimeout(() => send(at + size), 150)
    }
    send(0)
  })
  const started = performance.now()
  const { units: got } = await get(context, 'release')
  assert.ok(performance.now() - started > 1000)
  assert.ok(got.every(({ origin }) => origin.source === 'release'))
})

test('a transfer that breaks off once is tried again', async (context) => {
  let tries = 0
  context.server.bad.set(etcdArchive, (response, content) => {
    tries += 1
    if (tries === 1) short(response, content)
    else response.end(content)
  })
  await get(context, 'release')
  assert.is(tries, 2)
})

test('no answer: auto builds, release says who is silent, and neither waits for each file', async (context) => {
  await context.server.close()
  const started = performance.now()
  const { units: got, events } = await get(context, 'auto')
  assert.ok(got.every(({ origin }) => origin.source === 'compiled'))
  assert.ok(
    events.some((e) => e.type === 'notice' && /github\.com: no answer from TOOLCHAIN_RELEASE_MIRROR/.test(e.message)),
  )
  assert.ok(performance.now() - started < 10_000)
  rmSync(placesOf(context.home).units, { recursive: true })
  const error = await failure(get(context, 'release'))
  assert.is(error.code, 'DOWNLOADS_UNREACHABLE')
  assert.match(error.message, /github\.com: no answer/)
})

test('a page that answers in the place of everything is no mirror', async (context) => {
  context.server.bad.set('', (response) => void response.end('<html>please log in</html>'))
  const { units: got } = await get(context, 'auto')
  assert.ok(got.every(({ origin }) => origin.source === 'compiled'))
})

test('build asks nobody', async (context) => {
  const { units: got } = await get(context, 'build')
  assert.equal(context.server.asked, [])
  assert.ok(got.every(({ origin }) => origin.source === 'compiled'))
})

test('another TOOLCHAIN_SOURCE makes anew what is there of another origin; auto takes either', async (context) => {
  await get(context, 'build')
  assert.not.ok((await get(context, 'auto')).units.some(({ built }) => built))
  const { settings, units: got, toolchain } = await get(context, 'release')
  assert.ok(got.every(({ built, origin }) => built && origin.source === 'release'))
  assert.match(readFileSync(join(toolchain.bin, 'ptp'), 'utf8'), /^official ptp/)
  assert.equal((await toolchainState({ ...settings, TOOLCHAIN_SOURCE: 'build' }, small)).missing, ['cni', 'etcd'])
  assert.equal((await toolchainState({ ...settings, TOOLCHAIN_SOURCE: 'auto' }, small)).missing, [])
})

test('an interrupted download leaves nothing', async (context) => {
  context.server.bad.set(etcdArchive, silent)
  const stop = new AbortController()
  setTimeout(() => stop.abort('SIGINT'), 300)
  try {
    await get(context, 'auto', { signal: stop.signal })
    assert.unreachable()
  } catch (reason) {
    assert.is(reason, 'SIGINT')
  }
  assert.equal(readdirSync(placesOf(context.home).temporary), [])
})

test.run()
