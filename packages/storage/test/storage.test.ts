import { PlatformError } from '@platform/core'
import { quantity } from '@platform/core/quantity'
import type { ProofContext } from '@platform/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { completeSecret, desiredSecret } from '../../engine/src/secrets/desired-secret.ts'
import { alterUsers, changePasswords } from '../src/change-passwords.ts'
import { agrees } from '../src/checks/metrics.ts'
import { claimBelow } from '../src/checks/server.ts'
import { checks } from '../src/checks.ts'
import { stoppedCleanly } from '../src/clean-stop.ts'
import { component } from '../src/component.ts'
import { drills } from '../src/drills.ts'
import { imageVersion, isVersion, wantedVersion } from '../src/server-version.ts'
import { optionValue, sqlInput, sqlText } from '../src/sql.ts'

const test = suite('storage')

test('every check detects a drill, and every drill has a check', () => {
  const caught = new Set(drills.flatMap((drill) => (drill.kind === 'mutation' ? [drill.caughtBy] : [])))
  assert.equal([...caught].sort(), checks.map(({ id }) => id).sort())
  assert.is(new Set(drills.map(({ id }) => id)).size, drills.length)
})

for (const [text, expected] of [
  ['256Mi', 268435456],
  ['768Mi', 805306368],
  ['100m', 0.1],
  ['2', 2],
  ['1.5Gi', 1610612736],
  ['1G', 1e9],
] as const) {
  test(`the quantity ${text} is ${expected}`, () => assert.is(quantity(text), expected))
}
test('an invalid quantity is named', () => assert.throws(() => quantity('lots'), /invalid quantity lots/))

for (const [image, expected] of [
  ['docker.io/library/mysql:9.7.4', '9.7.4'],
  ['registry.example.com:5000/library/mysql:9.7', '9.7'],
  ['registry.example.com:5000/library/mysql', undefined],
  ['mysql:lts', undefined],
  ['mysql:9.7.4-oracle@sha256:1234', '9.7.4'],
] as const) {
  test(`${image} names the version ${expected}`, () => assert.is(imageVersion(image), expected))
}
for (const [version, wanted, expected] of [
  ['9.7.4', '9.7.4', true],
  ['9.7.4-2', '9.7.4', true],
  ['9.7.4', '9.7', true],
  ['9.7.40', '9.7.4', false],
  ['8.4.7', '9', false],
] as const) {
  test(`${version} ${expected ? 'is' : 'is not'} ${wanted}`, () => assert.is(isVersion(version, wanted), expected))
}

const tagged = 'docker.io/library/mysql:9.7.4'
const debian = (version: string) => ({ libc6: '2.43-7', 'mysql-server-core': version })
for (const [name, built, expected] of [
  ['an unrecorded image: the tag', undefined, '9.7.4'],
  ["upstream's: the tag", { fidelity: 'upstream' }, '9.7.4'],
  ['an image from an archive: the tag', { fidelity: 'archive' }, '9.7.4'],
  ['a rebuilt image: the version of the Debian package', { fidelity: 'rebuilt', versions: debian('9.7.5-1') }, '9.7.5'],
  [
    'a rebuilt one, with an epoch and a repacked source',
    { fidelity: 'rebuilt', versions: debian('1:9.8.0+ds-2') },
    '9.8.0',
  ],
  ['a rebuilt image without recorded versions: the tag', { fidelity: 'rebuilt' }, '9.7.4'],
] as const) {
  test(`the version that is expected of ${name}`, () => assert.is(wantedVersion(tagged, built)?.version, expected))
}
test('an image without a numeric tag has no expected version', () => {
  assert.is(wantedVersion('mysql:lts', { fidelity: 'upstream' }), undefined)
})

const said = (text: string) => `2026-11-24T15:00:00.000000Z 0 ${text}\n`
for (const [name, log, expected] of [
  [
    'stopped by SIGTERM',
    said('[System] [MY-010910] [Server] mysqld: Shutdown complete (mysqld 9.7.4-2)  (Debian).'),
    true,
  ],
  [
    'killed while it stopped',
    said('[System] [MY-013172] [Server] Received SHUTDOWN from user <via user signal>.'),
    false,
  ],
  ['killed', '', false],
] as const) {
  test(`a server that was ${name} has ${expected ? '' : 'not '}stopped cleanly`, () => {
    assert.is(stoppedCleanly(log), expected)
  })
}

test('drills inside the server say in their name that `up` does not repair them', () => {
  for (const drill of drills) {
    if (drill.kind === 'mutation' && drill.undo) assert.match(drill.name, /a restart of the server repairs it/)
  }
})

test('samples agree when there is at least one and all have the value', () => {
  assert.is(agrees([], 1), false)
  assert.is(agrees([{ value: 1 }, { value: 1 }], 1), true)
  assert.is(agrees([{ value: 1 }, { value: 0 }], 1), false)
  assert.is(agrees([{ value: 0.1 }], 0.1), true)
})

test('claimBelow finds the claim of the nearest mount', () => {
  const pod = {
    spec: {
      containers: [
        {
          name: 'm',
          volumeMounts: [
            { name: 'a', mountPath: '/var' },
            { name: 'b', mountPath: '/var/lib/mysql' },
          ],
        },
      ],
      volumes: [{ name: 'a' }, { name: 'b', persistentVolumeClaim: { claimName: 'c' } }],
    },
  }
  assert.is(claimBelow(pod, 'm', '/var/lib/mysql/data/'), 'c')
  assert.is(claimBelow(pod, 'm', '/var/lib/mysql-files/'), undefined)
  assert.is(claimBelow(pod, 'm', '/tmp/data/'), undefined)
})

test('texts are quoted for SQL and for option files', () => {
  assert.is(sqlText(`a'b\\c\nd`), `'a\\'b\\\\c\\nd'`)
  assert.is(optionValue(`a"b\\c\nd#e`), `"a\\"b\\\\c\\nd#e"`)
  const input = sqlInput({ user: 'u', password: 'p\n\nSELECT 2', host: 'h' }, 'SELECT 1')
  assert.is(input.split('\n\n').length, 2, 'an empty line in a password does not end the options')
})

/** A context whose server returns these answers to logins. */
function fakeContext(answers: readonly string[], pods: readonly string[], others: readonly object[] = []) {
  const inputs: string[] = []
  const context = {
    component: { namespace: 'storage', release: 'mysql-release' },
    values: { user: 'my-user', rootFromAnywhere: true },
    pods: async () => pods,
    api: { list: async () => others },
    exec: async (_pod: unknown, _command: unknown, { input }: { input: string }) => {
      const stderr = answers[inputs.length] ?? ''
      inputs.push(input)
      return { stdout: '', stderr, exitCode: stderr ? 1 : 0 }
    },
  }
  return { context: context as unknown as ProofContext, inputs }
}
const change = {
  stored: { 'mysql-root-password': 'old', 'mysql-password': 'old' },
  wanted: { 'mysql-root-password': `n'ew`, 'mysql-password': `ot"her` },
  keys: ['mysql-root-password', 'mysql-password'],
}
const denied = `ERROR 1045 (28000): Access denied for user 'root'@'localhost'`

test('root sets changed passwords in the running server with one statement', async () => {
  const { context, inputs } = fakeContext([''], ['pod'])
  await changePasswords(context, change)
  assert.is(inputs.length, 1)
  assert.match(inputs[0] ?? '', 'password="old"')
  assert.match(
    alterUsers(context, change.wanted, change.keys),
    `ALTER USER 'root'@'localhost' IDENTIFIED BY 'n\\'ew', 'root'@'%' IDENTIFIED BY 'n\\'ew', 'my-user'@'%' IDENTIFIED BY 'ot"her'`,
  )
})

test("root's password may already be the new one, after an interrupted run", async () => {
  const { context, inputs } = fakeContext([denied, ''], ['pod'])
  await changePasswords(context, change)
  assert.match(inputs[1] ?? '', `password="n'ew"`)
})

const refusals: readonly (readonly [string, ReturnType<typeof fakeContext>, RegExp])[] = [
  ['the server accepts neither password of root', fakeContext([denied, denied], ['pod']), /Access denied/],
  ['the server refuses the statement', fakeContext(['ERROR 1396 (HY000): Operation failed'], ['pod']), /1396/],
  ['its pod is not ready', fakeContext([], [], [{}]), /no MySQL pod is ready/],
]
for (const [name, { context }, expected] of refusals) {
  test(`a change is refused when ${name}`, async () => {
    try {
      await changePasswords(context, change)
    } catch (error) {
      assert.instance(error, PlatformError)
      assert.match((error as PlatformError).message, expected)
      assert.match((error as PlatformError).message, 'MYSQL_ROOT_PASSWORD and MYSQL_PASSWORD')
      return
    }
    assert.unreachable()
  })
}

test('without a pod there is nothing to change: the next start reads the Secret', async () => {
  const { context, inputs } = fakeContext([], [])
  await changePasswords(context, change)
  assert.is(inputs.length, 0)
})

const accounts = { 'mysql-root-password': 'r', 'mysql-password': 'p', 'exporter-password': 'e', 'probe-password': 'b' }
const { 'probe-password': _, ...withoutProbe } = accounts
const passwords = { MYSQL_ROOT_PASSWORD: 'r', MYSQL_PASSWORD: 'p' }
const lost: readonly (readonly [
  string,
  Record<string, string>,
  Record<string, string> | undefined,
  RegExp | undefined,
])[] = [
  ['is missing, and no password for the volume is set', {}, undefined, /is missing/],
  ['is missing, and one password is set', { MYSQL_PASSWORD: 'p' }, undefined, /is missing/],
  ['is missing, and both passwords are set as in the hint', passwords, undefined, undefined],
  ['lacks a password that each start resets', {}, withoutProbe, undefined],
  ["lacks root's password", {}, { ...accounts, 'mysql-root-password': '' }, /lacks mysql-root-password/],
]
for (const [name, components, stored, refused] of lost) {
  test(`the Secret ${name}: ${refused ? 'refused' : 'made again'}`, async () => {
    const [definition] = component.secrets ?? []
    if (!definition) return assert.unreachable()
    const sources = { settings: { components }, stored, claims: ['mysql-release'], namespace: 'storage' }
    const outcome = await desiredSecret(definition, sources).then(
      (secret) => completeSecret(secret, () => 'new'),
      (error: Error) => error,
    )
    if (refused) {
      assert.instance(outcome, PlatformError)
      assert.match((outcome as PlatformError).message, refused)
      assert.match((outcome as PlatformError).hint ?? '', 'MYSQL_ROOT_PASSWORD and MYSQL_PASSWORD')
      return
    }
    if (outcome instanceof Error) throw outcome
    const { 'mysql-root-password': root, 'probe-password': probe } = outcome.data
    assert.equal([root, probe], ['r', 'new'])
  })
}

test.run()
