import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutSecrets } from '../src/apply/evidence.ts'
import { upgradeArguments } from '../src/apply/helm-release.ts'
import { isHeld, type LeaseHolder } from '../src/apply/lease-holder.ts'
import { recordWithStatus, recoveryOf } from '../src/apply/recover.ts'
import { belongs, claimBeginnings } from '../src/down/claims.ts'
import { decodeRecord, historyOf } from '../src/release/read-release.ts'

const test = suite('work on a release')
const now = Date.parse('2026-01-01T12:00:00Z')
const holder: LeaseHolder = {
  ...{ id: 'x', host: 'h', processes: 'boot/pids', pid: 7, command: 'pnpm up x' },
  since: new Date(now - 20_000).toISOString(),
}
const lease = { holder, holderId: 'x', renewedAt: now - 5_000, durationMs: 30_000 }
const leases: [string, Parameters<typeof isHeld>[0], boolean, boolean][] = [
  ['someone of this machine who lives', lease, true, true],
  ['someone of this machine who is dead is not waited for', lease, false, false],
  ['another machine is believed', { ...lease, holder: { ...holder, processes: 'other' } }, false, true],
  ['another machine that renews no more', { ...lease, renewedAt: now - 31_000 }, true, false],
  ['nobody', { ...lease, holderId: undefined }, true, false],
  ['a lease without our annotation', { ...lease, holder: undefined }, false, true],
]
for (const [name, view, alive, expected] of leases) {
  test(`a lease of ${name}`, () =>
    assert.is(isHeld(view, now, { processes: 'boot/pids', alive: () => alive }), expected))
}

const record = (version: number, status: string, run?: string, ageSeconds = 60) => ({
  metadata: {
    name: `sh.helm.release.v1.r.v${version}`,
    labels: {
      ...{ owner: 'helm', name: 'r', version: String(version), status },
      modifiedAt: String(now / 1000 - ageSeconds),
      ...(run && { 'platform.local/run': run }),
    },
  },
})
const pendings: [string, ReturnType<typeof record>[], LeaseHolder | undefined, string][] = [
  ['nothing is pending', [record(1, 'deployed', 'a')], undefined, 'none'],
  ['a first install of a dead run', [record(1, 'pending-install', 'a')], undefined, 'fail'],
  ['its Helm may still be at work', [record(1, 'pending-install', 'a', 2)], undefined, 'wait'],
  [
    'an upgrade of a dead run',
    [record(1, 'superseded', 'a'), record(2, 'deployed', 'b'), record(3, 'pending-upgrade', 'c')],
    undefined,
    'rollback 2',
  ],
  ['a removal of a dead run', [record(1, 'uninstalling', 'a')], undefined, 'uninstall'],
  [
    'an upgrade by hand, which has our label from the revision before',
    [record(1, 'deployed', 'a'), record(2, 'pending-upgrade', 'a', 30)],
    undefined,
    'respect',
  ],
  ['an install by hand', [record(1, 'pending-install', undefined, 30)], undefined, 'respect'],
  ['one by hand that was left', [record(1, 'pending-install', undefined, 400)], undefined, 'fail'],
  [
    'a rollback of a run that died with the lease has the label of the revision that it goes back to',
    [record(1, 'superseded', 'a'), record(2, 'deployed', 'b'), record(3, 'pending-rollback', 'a', 15)],
    holder,
    'rollback 2',
  ],
]
for (const [name, secrets, before, expected] of pendings) {
  test(name, () => {
    const recovery = recoveryOf(historyOf({ release: 'r', namespace: 'n' }, secrets, now), before)
    assert.is([recovery.kind, 'revision' in recovery && recovery.revision].filter(Boolean).join(' '), expected)
  })
}
test('a record keeps all but its status', async () => {
  const { gzipSync } = await import('node:zlib')
  const text = JSON.stringify({ info: { status: 'pending-install' }, manifest: 'kind: X', config: { a: 1 } })
  const data = Buffer.from(gzipSync(text).toString('base64')).toString('base64')
  const changed = await recordWithStatus(data, 'failed', 'because')
  assert.equal(await decodeRecord(changed), await decodeRecord(data))
  assert.is.not(changed, data)
})

const desired = { fingerprint: 'f', chart: { kind: 'own', path: '/c' } } as const
test('Helm gets values through stdin alone, and does not wait', () => {
  const words = upgradeArguments({ release: 'r', namespace: 'n' }, desired, 'run')
  assert.ok(words.includes('--values=-') && words.includes('--server-side=true') && words.includes('--force-conflicts'))
  assert.not.ok(words.some((word) => /^--(wait|set|atomic|rollback|post-renderer)/.test(word)))
})
test("another's chart is rendered with its volumes kept", () => {
  const chart = { kind: 'oci', ref: 'oci://x/y', version: '1.0.0' } as const
  const words = upgradeArguments({ release: 'r', namespace: 'n' }, { ...desired, chart }, 'run')
  assert.ok(words.includes('--post-renderer=keep-volumes') && words.includes('--version=1.0.0'))
})
test('the plugin keeps claims, and nothing else is changed', () => {
  const script = fileURLToPath(new URL('../plugins/keep-volumes/keep-volumes.cjs', import.meta.url))
  const claim = (annotations: string) => `kind: PersistentVolumeClaim\nmetadata:\n  name: d\n${annotations}spec: {}\n`
  const rest = '# Source: a\napiVersion: v1\nkind: Service\nmetadata:\n    name: "x" # kept\n'
  const keep = (text: string) => execFileSync(process.execPath, [script], { input: text }).toString()
  assert.is(keep(`---\n${rest}`), `---\n${rest}`)
  for (const annotations of ['', '  annotations:\n', '  annotations:\n    a: b\n']) {
    const said = keep(`---\n${rest}---\n${claim(annotations)}---\nkind: Z\n`)
    assert.match(said, /helm\.sh\/resource-policy: keep/)
    assert.ok(said.includes(rest) && said.endsWith('---\nkind: Z\n'), said)
  }
})

const claims: [string, Parameters<typeof belongs>[0]['metadata'], boolean][] = [
  ["Helm's own mark", { name: 'a', annotations: { 'meta.helm.sh/release-name': 'r' } }, true],
  [
    'the mark of another release with the same labels',
    { name: 'a', annotations: { 'meta.helm.sh/release-name': 's' }, labels: { 'app.kubernetes.io/instance': 'r' } },
    false,
  ],
  ['the label of what a StatefulSet makes', { name: 'a', labels: { 'app.kubernetes.io/instance': 'r' } }, true],
  ['the name that a StatefulSet gives', { name: 'data-db-0' }, true],
  ['a name that only begins like it', { name: 'data-db-other' }, false],
  ['a claim that a Secret opens', { name: 'opened' }, true],
  ["somebody's", { name: 'theirs' }, false],
]
for (const [name, metadata, expected] of claims) {
  test(`a claim is known by ${name}: ${expected}`, () => {
    const set = {
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] },
    }
    const secrets = [{ name: 's', keys: {}, opens: ['opened'] }]
    const of = { release: 'r', namespace: 'n', secrets, begins: claimBeginnings([set]) }
    assert.is(belongs({ metadata }, of), expected)
  })
}
test('the evidence has nothing of the Secrets that a chart renders', () => {
  const text = withoutSecrets(
    'kind: Secret\ndata:\n  password: c2VjcmV0\nstringData: {b: secret}\n---\nkind: Service\n',
  )
  assert.not.match(text, /c2VjcmV0|b: secret/)
  assert.match(text, /kind: Service/)
})

test.run()
