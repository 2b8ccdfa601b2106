import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PlatformError, Runner } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Apt, parseUris, resolvePackages } from '../src/debian/apt.ts'
import { sha256File } from '../src/sha256-file.ts'

const test = suite<{ dir: string }>('debian apt')
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'debian-'))
})
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }))

const SHA = 'a'.repeat(64)

test('what apt would fetch: names, versions with an epoch, digests', () => {
  const text = `Reading package lists...
The following NEW packages will be installed:
  libgmp10 catatonit
'http://m.example/debian/pool/libgmp10_6.3.0%2bdfsg-3_amd64.deb' libgmp10_2%3a6.3.0+dfsg-3_amd64.deb 560220 SHA256:${SHA}
'http://m.example/debian/pool/all_1_all.deb' tz-data_2026f-1_all.deb 12 SHA256:${SHA}
'http://m.example/debian/pool/old_1_all.deb' old_1_all.deb 12 MD5Sum:${'b'.repeat(32)}
`
  assert.equal(parseUris(text), [
    {
      name: 'libgmp10',
      version: '2:6.3.0+dfsg-3',
      file: 'libgmp10_2%3a6.3.0+dfsg-3_amd64.deb',
      size: 560220,
      sha256: SHA,
    },
    { name: 'tz-data', version: '2026f-1', file: 'tz-data_2026f-1_all.deb', size: 12, sha256: SHA },
  ])
})

test('a file that is not there has no digest', async ({ dir }) => {
  assert.is(await sha256File(join(dir, 'nothing')), undefined)
  writeFileSync(join(dir, 'empty'), '')
  assert.is(await sha256File(join(dir, 'empty')), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

for (const [name, wanted, expected] of [
  ['a package', ['busybox=1:1.37'], ['busybox']],
  // What apt says of a package of the machine itself, when it reads another configuration than ours.
  ['a package that apt takes for installed', ['busybox', 'ca-certificates'], /^ca-certificates is not available/],
] as const) {
  test(`resolving ${name}`, async ({ dir }) => {
    const stdout = `ca-certificates is already the newest version (1).
'http://m.example/busybox_1_amd64.deb' busybox_1_amd64.deb 1 SHA256:${SHA}
`
    const runner = { probe: async () => ({ stdout, stderr: '', exitCode: 0 }) } as unknown as Runner
    const stamp = join(dir, 'stamp')
    writeFileSync(stamp, '')
    const apt = { places: { root: dir, stamp }, suite: 'trixie', runner, emit: () => {} } as unknown as Apt
    const found = await resolvePackages(apt, wanted).then(
      (archives) => archives.map((archive) => archive.name),
      (error: unknown) => error,
    )
    if (expected instanceof RegExp) assert.match((found as PlatformError).message, expected)
    else assert.equal(found, expected)
  })
}

test.run()
