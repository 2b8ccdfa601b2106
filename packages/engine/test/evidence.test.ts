import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isNamedFor, podsOf } from '../src/readiness/pods-of-release.ts'
import { redactEnvironment, redactManifest } from '../src/readiness/redact.ts'
import { copyNodeLogs, isOwnPod } from '../src/smoke/evidence.ts'

const test = suite('evidence')

test('the evidence has no environment variables and no last-applied annotation', () => {
  const env = [
    { name: 'A', value: 'secret' },
    { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
  ]
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{"secret":1}', kept: 'yes' }
  const pod = { metadata: { annotations }, spec: { containers: [{ name: 'c', env, args: ['-v'] }] } }
  const kept = redactEnvironment([pod])
  assert.not.match(JSON.stringify(kept), /"secret\b/)
  assert.equal(kept, [
    {
      metadata: { annotations: { kept: 'yes' } },
      spec: { containers: [{ name: 'c', env: [{ name: 'A', value: 'redacted' }, env[1]], args: ['-v'] }] },
    },
  ])
  const text = redactManifest(
    'kind: Pod\nspec:\n  containers:\n  - env:\n    - {name: A, value: secret}\n    name: c\n',
  )
  assert.not.match(text, /secret/)
  assert.match(text, /name: c/)
})
test("the evidence has only the release's own pods of a namespace", () => {
  const pod = (name: string, labels: Record<string, string>, namespace = 'n') => ({
    metadata: { name, namespace, labels },
  })
  const pods = [
    pod('ours', { 'app.kubernetes.io/instance': 'r' }),
    pod('selected', { app: 'foreign-chart' }),
    pod('theirs', { 'app.kubernetes.io/instance': 'other', app: 'theirs' }),
    pod('elsewhere', { 'app.kubernetes.io/instance': 'r' }, 'other'),
  ]
  const workload = {
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { app: 'foreign-chart' } } },
  }
  const found = podsOf(pods, { release: 'r', namespace: 'n' }, [workload, { kind: 'Service', metadata: { name: 's' } }])
  assert.equal(
    found.map(({ metadata }) => metadata.name),
    ['ours', 'selected'],
  )
})
for (const [name, expected] of [
  ['db', true],
  ['db-5d9f', true],
  ['data-db', true],
  ['dbs', false],
  ['web', false],
] as const) {
  test(`an event about ${name} is ${expected ? '' : 'not '}about db`, () =>
    assert.is(isNamedFor(name, [{ metadata: { name: 'db' } }]), expected))
}
for (const [kind, labels, namespace, expected] of [
  ['a pod of a release', { 'app.kubernetes.io/instance': 'prometheus' }, 'monitoring', true],
  ['a pod of our charts', { 'app.kubernetes.io/part-of': 'observable-platform' }, 'kube-system', true],
  ['a pod that a check created', { 'platform.local/made-by': 'verify' }, 'default', true],
  ['an unmanaged pod', { app: 'shop' }, 'monitoring', false],
  [
    'a pod of the same release name in another namespace',
    { 'app.kubernetes.io/instance': 'prometheus' },
    'shop',
    false,
  ],
] as const) {
  test(`smoke ${expected ? 'saves' : 'does not save'} ${kind}`, () =>
    assert.is(
      isOwnPod({ metadata: { name: 'p', namespace, labels } }, [{ release: 'prometheus', namespace: 'monitoring' }]),
      expected,
    ))
}
test("the node's logs are saved without credentials in URLs", () => {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'))
  try {
    mkdirSync(join(folder, 'logs'))
    writeFileSync(join(folder, 'logs', 'containerd.log'), 'ä pull by http://me:secret@proxy:3128 failed\n')
    copyNodeLogs({ clusterDir: folder }, join(folder, 'kept'))
    assert.is(readFileSync(join(folder, 'kept', 'containerd.log'), 'utf8'), 'ä pull by http://proxy:3128 failed\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.run()
