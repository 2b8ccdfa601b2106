import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeRecord, historyOf } from '../src/release/history.ts'
import { manifestObjects } from '../src/release/manifest-objects.ts'
import { helmEnvironment } from '../src/session/session.ts'

const test = suite('releases')
const place = { release: 'web', namespace: 'probe' }

const secret = (version: string, status: string, extra: Record<string, string> = {}) => ({
  metadata: {
    name: `sh.helm.release.v1.web.v${version}`,
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { version, status, ...extra },
  },
})

test('revisions by number, not by name', () => {
  const { revisions, newest, deployed } = historyOf(
    place,
    [secret('9', 'superseded'), secret('10', 'failed'), secret('8', 'deployed')],
    0,
  )
  assert.equal(
    revisions.map(({ revision }) => revision),
    [10, 9, 8],
  )
  assert.equal([newest?.status, deployed?.revision], ['failed', 8])
})
for (const [status, unfinished] of [
  ['pending-install', true],
  ['pending-upgrade', true],
  ['pending-rollback', true],
  ['uninstalling', true],
  ['deployed', false],
  ['failed', false],
] as const) {
  test(`${status} is ${unfinished ? 'unfinished, with its age' : 'an end'}`, () => {
    const { pending } = historyOf(place, [secret('1', status, { modifiedAt: '100' })], 160_000)
    assert.is(pending?.ageMs, unfinished ? 60_000 : undefined)
  })
}
test('an older revision that is pending is of no account', () => {
  assert.is(historyOf(place, [secret('1', 'pending-upgrade'), secret('2', 'deployed')], 0).pending, undefined)
})
test('the fingerprint is a label; without it someone else made the release', () => {
  const { newest } = historyOf(place, [secret('1', 'deployed', { 'platform.local/fingerprint': 'abc' })], 0)
  assert.is(newest?.fingerprint, 'abc')
  assert.is(historyOf(place, [secret('1', 'deployed')], 0).newest?.fingerprint, undefined)
})
test("a record is read through all of Helm's wrappings", async () => {
  const record = {
    chart: { metadata: { name: 'c', version: '1.2.3' }, values: { a: 1 } },
    config: { b: 2 },
    manifest: 'kind: X',
    hooks: [{ manifest: 'kind: Y' }],
  }
  const inner = gzipSync(JSON.stringify(record)).toString('base64')
  const { chart, config, manifest, hooks } = await decodeRecord(Buffer.from(inner).toString('base64'))
  assert.equal([chart.name, chart.version, chart.values], ['c', '1.2.3', { a: 1 }])
  assert.equal([config, manifest, hooks], [{ b: 2 }, 'kind: X', ['kind: Y']])
})
test('objects are kept as JSON for the next call, but never with a Secret', async () => {
  const clusterDir = mkdtempSync(join(tmpdir(), 'platform-manifests-'))
  const read = (manifest: string, name = 'web') =>
    manifestObjects({ clusterDir }, { manifest, secret: `sh.helm.release.v1.${name}.v3` })
  try {
    const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n'
    assert.is((await read(config))[0]?.metadata.name, 'a')
    assert.equal(readdirSync(join(clusterDir, 'manifests')), ['sh.helm.release.v1.web.json'])
    assert.is((await read(config))[0]?.metadata.name, 'a')
    assert.is((await read(config.replace('name: a', 'name: b')))[0]?.metadata.name, 'b')
    assert.is((await read(config.replace('ConfigMap', 'Secret'), 'other')).length, 1)
    assert.equal(readdirSync(join(clusterDir, 'manifests')), ['sh.helm.release.v1.web.json'])
  } finally {
    rmSync(clusterDir, { recursive: true })
  }
  await read('kind: ConfigMap\nmetadata: {name: a}\n')
  assert.not(existsSync(clusterDir), 'a purged cluster gets no folder again')
})
test("Helm writes nothing in the user's home, and HELM_* of the shell changes nothing", () => {
  const env = helmEnvironment('/state')
  for (const name of ['CACHE', 'CONFIG', 'DATA']) assert.match(env[`HELM_${name}_HOME`] ?? '', /^\/state\/helm\//)
  for (const name of ['NAMESPACE', 'KUBETOKEN', 'KUBETLS_SERVER_NAME', 'KUBEINSECURE_SKIP_TLS_VERIFY'])
    assert.ok(`HELM_${name}` in env && env[`HELM_${name}`] === undefined)
  assert.is(env.HELM_DRIVER, 'secret')
})
test.run()
