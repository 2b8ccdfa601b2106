import { appendFileSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, loadSettings, PlatformError, type PlatformEvent, systemRunner } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { unpackDebian } from '../src/debian/unpack.ts'

const test = suite('debian packages, from a mirror')
const cache = mkdtempSync(join(tmpdir(), 'debian-cache-'))
test.after(() => rmSync(cache, { recursive: true, force: true }))

let folders = 0

function unpack(env: Record<string, string>, options: Partial<Parameters<typeof unpackDebian>[0]> = {}) {
  const into = join(cache, `root-${++folders}`)
  const settings = loadSettings({ env: { ...environment(), CACHE_DIR: cache, ...env }, root: cache })
  const said: PlatformEvent[] = []
  const emit = (event: PlatformEvent) => said.push(event)
  const result = unpackDebian({
    suite: 'trixie',
    packages: ['zstd'],
    into,
    settings,
    runner: systemRunner,
    emit,
    ...options,
  })
  return { into, said, result }
}

const fetched = (said: readonly PlatformEvent[]) =>
  said.filter((event) => event.type === 'step.progress' && event.message.startsWith('fetching'))

test('a package comes with what it depends on, runs, and brings no documentation', async () => {
  const { into, result } = unpack({})
  const { packages } = await result
  const names = packages.map(({ name }) => name)
  for (const name of ['libc6', 'libgcc-s1', 'zstd']) assert.ok(names.includes(name), name)
  assert.ok(packages.every(({ version, sha256 }) => version && /^[0-9a-f]{64}$/.test(sha256)))
  assert.ok(lstatSync(join(into, 'lib64')).isSymbolicLink())
  assert.not(existsSync(join(into, 'usr/share/doc')))
  const loader = join(into, 'lib64/ld-linux-x86-64.so.2')
  const libraries = join(into, 'usr/lib/x86_64-linux-gnu')
  await systemRunner.run([loader, '--library-path', libraries, join(into, 'usr/bin/zstd'), '--version'])
})

test('again: nothing is fetched; a corrupt package is fetched anew', async () => {
  const again = unpack({})
  await again.result
  assert.is(fetched(again.said).length, 0)
  const archives = join(cache, 'debian/archives')
  const [deb = ''] = readdirSync(archives).filter((name) => name.startsWith('zstd_'))
  appendFileSync(join(archives, deb), 'x')
  const mended = unpack({}, { dependencies: false })
  assert.equal(
    (await mended.result).packages.map(({ name }) => name),
    ['zstd'],
  )
  assert.ok(fetched(mended.said).length > 0)
})

test('a package that the suite does not have is named', async () => {
  const { result } = unpack({}, { packages: ['no-such-package-here'] })
  await result.then(
    () => assert.unreachable(),
    (error: unknown) => {
      assert.instance(error, PlatformError)
      assert.is((error as PlatformError).code, 'DEBIAN_PACKAGE_NOT_FOUND')
      assert.match((error as PlatformError).message, 'no-such-package-here')
    },
  )
})

test('a mirror that does not answer: one clear error, at once, and the second time without asking', async () => {
  const env = { DEBIAN_MIRROR: 'http://127.0.0.1:1/debian' }
  for (const limit of [30_000, 3_000]) {
    const started = Date.now()
    await unpack(env).result.then(
      () => assert.unreachable(),
      (error: unknown) => {
        assert.is((error as PlatformError).code, 'DEBIAN_UNREACHABLE')
        assert.match((error as PlatformError).hint ?? '', 'DEBIAN_MIRROR')
      },
    )
    assert.ok(Date.now() - started < limit)
  }
})

test('lists that the keyring does not cover are refused', async () => {
  const keyring = join(cache, 'empty.gpg')
  appendFileSync(keyring, '')
  await unpack({ DEBIAN_KEYRING: keyring }).result.then(
    () => assert.unreachable(),
    (error: unknown) => {
      assert.is((error as PlatformError).code, 'DEBIAN_INVALID_SIGNATURE')
    },
  )
})

test.run()
