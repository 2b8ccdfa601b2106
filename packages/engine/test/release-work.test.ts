import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rollbackDecision } from '../src/apply/roll-back.ts'
import { markClaims } from '../src/down/mark-claims.ts'
import { remainingOf } from '../src/down/wait-until-deleted.ts'
import { belongs, claimBeginnings, claimsOf } from '../src/plan/claims.ts'
import { planDown } from '../src/plan/plan-down.ts'
import { withoutSecrets } from '../src/readiness/evidence.ts'
import { upgradeArguments } from '../src/release/helm-arguments.ts'
import { decodeRecord, historyOf } from '../src/release/history.ts'
import { isHeld, type LeaseHolder } from '../src/release/lease-holder.ts'
import { recordWithStatus, recoveryOf } from '../src/release/recover.ts'

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

const record = (version: number, status: string, run?: string, ageSeconds = 60, fingerprint = 'older') => ({
  metadata: {
    name: `sh.helm.release.v1.r.v${version}`,
    labels: {
      ...{ owner: 'helm', name: 'r', version: String(version), status },
      modifiedAt: String(now / 1000 - ageSeconds),
      ...(run && { 'platform.local/run': run }),
      'platform.local/fingerprint': fingerprint,
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
const undone: [string, ReturnType<typeof record>[], string][] = [
  ['a first install', [], 'uninstall'],
  ['a first install that failed once before', [record(1, 'failed', 'a')], 'uninstall'],
  ['an upgrade', [record(1, 'superseded', 'a'), record(2, 'deployed', 'b')], 'rollback 2'],
  [
    'what comes after a rollback that failed, which leaves none that is deployed',
    [record(1, 'superseded', 'a'), record(2, 'superseded', 'b'), record(3, 'failed', 'a')],
    'rollback 2',
  ],
  ['an upgrade to what is there', [record(1, 'deployed', 'a', 60, 'f')], 'leave 1'],
]
for (const [name, secrets, expected] of undone) {
  test(`undone: ${name}`, () => {
    const way = rollbackDecision(historyOf({ release: 'r', namespace: 'n' }, secrets, now), 'f')
    assert.is([way.kind, 'revision' in way && way.revision].filter(Boolean).join(' '), expected)
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

const part = { 'app.kubernetes.io/part-of': 'observable-platform' }
const marked = (component: string) => ({ ...part, 'platform.local/component': component })
const claims: [string, Parameters<typeof belongs>[0]['metadata'], boolean][] = [
  ["Helm's own mark", { name: 'a', annotations: { 'meta.helm.sh/release-name': 'r' } }, true],
  [
    'the mark of another release with the same labels',
    { name: 'a', annotations: { 'meta.helm.sh/release-name': 's' }, labels: { 'app.kubernetes.io/instance': 'r' } },
    false,
  ],
  ['the name that a StatefulSet gives', { name: 'data-db-0' }, true],
  ['a name that only prefixes like it', { name: 'data-db-other' }, false],
  ['the mark that a `down` left, of this component', { name: 'a', labels: marked('c') }, true],
  ['the mark that a `down` left, of another component', { name: 'a', labels: marked('d') }, false],
  [
    "the platform's label and the release's",
    { name: 'a', labels: { ...part, 'app.kubernetes.io/instance': 'r' } },
    true,
  ],
  ["the platform's label alone", { name: 'a', labels: part }, false],
  // Anybody may call their own so, and has data in it.
  ['the label of an instance alone', { name: 'a', labels: { 'app.kubernetes.io/instance': 'r' } }, false],
  ['the label of a release alone', { name: 'a', labels: { release: 'r' } }, false],
  ['a name that a Secret of ours opens', { name: 'opened' }, false],
  ['unmanaged', { name: 'theirs' }, false],
]
const set = {
  kind: 'StatefulSet',
  metadata: { name: 'db' },
  spec: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] },
}
const claimsWanted = {
  ...{ name: 'c', release: 'r', namespace: 'n', secrets: [{ name: 's', keys: {}, opens: ['opened'] }] },
  prefixes: claimBeginnings([set]),
}
for (const [name, metadata, expected] of claims) {
  test(`a claim is known by ${name}: ${expected}`, () => assert.is(belongs({ metadata }, claimsWanted), expected))
}
test('claims that are called like ours are told apart from ours and from all others', async () => {
  const items = claims.map(([, metadata], i) => ({ metadata: { ...metadata, uid: String(i) } }))
  const { ours, similar } = await claimsOf({ list: async () => items } as never, claimsWanted)
  assert.is(ours.length, claims.filter(([, , expected]) => expected).length)
  assert.equal(
    similar.map(({ metadata }) => metadata.labels ?? metadata.name),
    [{ 'app.kubernetes.io/instance': 'r' }, { release: 'r' }, 'opened'],
  )
})
test("markClaims labels a StatefulSet's claims, but not those of Helm", async () => {
  const patched: unknown[] = []
  const api = { patch: async (path: string, body: unknown) => void patched.push([path, body]) }
  const at = { namespace: 'n', name: 'data-db-0' }
  const helm = { namespace: 'n', name: 'b', annotations: { 'meta.helm.sh/release-name': 'r' } }
  await markClaims(api as never, { name: 'c' }, [{ metadata: at }, { metadata: helm }])
  assert.equal(patched, [
    ['/api/v1/namespaces/n/persistentvolumeclaims/data-db-0', { metadata: { labels: marked('c') } }],
  ])
  assert.ok(belongs({ metadata: { ...at, labels: marked('c') } }, { ...claimsWanted, prefixes: [] }))
})
test("the removal does not wait for unmanaged pods that have the release's name", async () => {
  const asked: unknown[] = []
  const api = { list: async (path: string, { labels }: { labels: string }) => asked.push([path, labels]) && [] }
  assert.equal(await remainingOf(api as never, { namespace: 'n', objects: [], release: 'r' })(), [])
  assert.equal(asked, [
    ['/api/v1/namespaces/n/pods', 'app.kubernetes.io/instance=r,app.kubernetes.io/part-of=observable-platform'],
  ])
})
for (const [what, claims, lease, state, steps] of [
  [
    'an unmanaged volume of the same name is reported and kept',
    [{ metadata: { name: 'opened', namespace: 'n' } }],
    undefined,
    'not installed; kept, because they are unmanaged: volumes opened',
    [],
  ],
  [
    'a volume of ours is deleted',
    [{ metadata: { name: 'kept', namespace: 'n', labels: marked('c') } }],
    undefined,
    'not installed; volumes exist: kept',
    ['delete PersistentVolumeClaim n/kept'],
  ],
  [
    'a lease that a killed run left is ended',
    [],
    { metadata: { labels: { 'app.kubernetes.io/managed-by': 'observable-platform' } } },
    'not installed',
    ['delete Lease n/observable-platform-r'],
  ],
] as const) {
  test(`down --purge of what is not installed: ${what}`, async () => {
    const api = {
      request: async () => ({ status: 200, headers: {}, body: '{"items":[]}' }),
      list: async (path: string) => (path.endsWith('persistentvolumeclaims') ? claims : []),
      find: async (path: string) => (path.includes('/leases/') ? lease : undefined),
    }
    const component = { ...claimsWanted, directory: '/x' }
    const intent = { verb: 'down', purge: true, named: true } as const
    const plan = await planDown({ api, helmCommand: async () => [] } as never, component, intent)
    assert.is(plan.state, state)
    assert.equal(
      plan.steps.map(({ action, subject }) => `${action} ${subject}`),
      steps,
    )
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
