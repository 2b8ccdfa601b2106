import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Component } from '../src/component/component.ts'
import { fingerprintOf } from '../src/values/fingerprint.ts'
import { deployedDigests, imageValues, unknownDigest, withImageDigests } from '../src/values/image-digests.ts'
import { releaseFingerprint } from '../src/values/release-fingerprint.ts'
import type { DesiredRelease } from '../src/values/types.ts'

const test = suite<{ root: string }>('the fingerprint of a release')
test.before.each((context) => {
  context.root = mkdtempSync(join(tmpdir(), 'fingerprint-'))
  write(context.root, 'packages/web/chart/Chart.yaml', 'name: web')
  write(context.root, 'packages/web/src/values.ts', 'export {}')
  write(context.root, 'values/default/web.yaml', '{}')
})
test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }))

function write(root: string, path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
}

const web = { release: 'web', namespace: 'shop' }
const ownChart = (root: string) => ({ kind: 'own', path: join(root, 'packages/web/chart') }) as const

test('it does not depend on the order of keys', ({ root }) => {
  const of = (values: object) => releaseFingerprint(web, ownChart(root), values as Record<string, unknown>)
  assert.is(of({ a: 1, b: { c: 2, d: [1, 2] } }), of({ b: { d: [1, 2], c: 2 }, a: 1 }))
  assert.is.not(of({ a: [1, 2] }), of({ a: [2, 1] }))
  assert.match(of({}), /^[0-9a-f]{40}$/)
})

test('it changes with the chart, the release and the version of a chart from elsewhere', ({ root }) => {
  const before = releaseFingerprint(web, ownChart(root), {})
  assert.is.not(releaseFingerprint({ ...web, release: 'other' }, ownChart(root), {}), before)
  write(root, 'packages/web/chart/templates/a.yaml', 'a: 1')
  assert.is.not(releaseFingerprint(web, ownChart(root), {}), before)
  const oci = (version: string) => releaseFingerprint(web, { kind: 'oci', ref: 'oci://a/b', version }, {})
  assert.is.not(oci('1'), oci('2'))
})

test('nothing is resolved while the inputs are the same; other inputs with the same values give the same one', async ({
  root,
}) => {
  const component: Component = { ...web, name: 'web', directory: join(root, 'packages/web') }
  const settings = loadSettings({ env: { STATE_DIR: join(root, 'state') }, root })
  let resolved = 0
  const fingerprint = () =>
    fingerprintOf(component, settings, root, async () => {
      resolved += 1
      return { fingerprint: releaseFingerprint(component, ownChart(root), { a: 1 }) }
    })
  mkdirSync(settings.clusterDir, { recursive: true })
  const first = await fingerprint()
  assert.is(await fingerprint(), first)
  assert.is(resolved, 1)
  write(root, 'packages/web/src/values.ts', '// a comment\nexport {}')
  assert.is(await fingerprint(), first)
  assert.is(resolved, 2)
  write(root, 'packages/web/src/checks.ts', 'export const checks = []')
  assert.is(await fingerprint(), first)
  assert.is(resolved, 2)
})

const desired: DesiredRelease = {
  fingerprint: 'f',
  chart: { kind: 'own', path: '/x' },
  values: { a: 1, global: { target: 'embedded', images: { 'one:1': { source: 's1' }, 'two:1': { source: 's2' } } } },
  overlays: [],
}

test('each image gets its digest, and nothing else changes', () => {
  const release = withImageDigests(desired, (reference) => `sha256:${reference}`)
  assert.equal(imageValues(release.values), {
    'one:1': { source: 's1', digest: 'sha256:one:1' },
    'two:1': { source: 's2', digest: 'sha256:two:1' },
  })
  assert.equal([release.fingerprint, release.values.a], ['f', 1])
  assert.equal((release.values.global as { target: string }).target, 'embedded')
})

test('a plan shows the deployed digest of an image from the same source, and says that another is not known yet', () => {
  const deployed = {
    global: { images: { 'one:1': { source: 's1', digest: 'd1' }, 'two:1': { source: 'old', digest: 'd2' } } },
  }
  const digestOf = deployedDigests(deployed)
  assert.equal(
    [digestOf('one:1', 's1'), digestOf('two:1', 's2'), digestOf('three:1', 's3')],
    ['d1', unknownDigest, unknownDigest],
  )
  assert.is(deployedDigests(undefined)('one:1', 's1'), unknownDigest)
})
test.run()
