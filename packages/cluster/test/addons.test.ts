import { coredns } from '@platform/images/definitions/coredns'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addonDifferences, applyAddons, compareAddons, wantedAddons } from '../src/embedded/addons.ts'
import type { Api, ObjectReference } from '../src/kubernetes/api.ts'
import { differences } from '../src/kubernetes/differences.ts'
import type { KubeObject, Manifest } from '../src/kubernetes/objects.ts'
import { testSettings } from './settings.ts'

const test = suite('addons')
const wanted = wantedAddons(testSettings({}))
const find = (kind: string) => wanted.find((object) => object.kind === kind) as unknown as Record<string, never>

test('the addons are every object that the cluster needs', () =>
  assert.equal(
    wanted.map(({ kind }) => kind),
    ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'ConfigMap', 'Deployment', 'Service', 'StorageClass'],
  ))
test('they have the image of the definition and the address of the settings', () => {
  const deployment = find('Deployment') as unknown as {
    spec: { template: { spec: { containers: { image: string }[]; dnsPolicy: string } } }
  }
  assert.is(deployment.spec.template.spec.containers[0]?.image, coredns.upstream)
  assert.is(deployment.spec.template.spec.dnsPolicy, 'Default')
  assert.is((find('Service') as unknown as { spec: { clusterIP: string } }).spec.clusterIP, '10.96.0.10')
})
test('the StorageClass is the default, waits for a pod, and deletes', () => {
  const { provisioner, volumeBindingMode, reclaimPolicy } = find('StorageClass')
  assert.equal(
    [provisioner, volumeBindingMode, reclaimPolicy],
    ['platform.local/volume', 'WaitForFirstConsumer', 'Delete'],
  )
})

const rows: [string, unknown, unknown, string[]][] = [
  ['equal', { a: 1 }, { a: 1 }, []],
  ['what only the live object has', { a: { b: 1 } }, { a: { b: 1, c: 2 }, d: 3 }, []],
  ['another value', { a: { b: 1 } }, { a: { b: 2 } }, ['a.b: 2, wanted 1']],
  ['a missing field', { a: { b: 'x' } }, { a: {} }, ['a.b: nothing, wanted "x"']],
  ['a missing branch', { a: { b: 1 } }, {}, ['a: nothing, wanted {"b":1}']],
  ['defaults inside a list', { a: [{ p: 1 }] }, { a: [{ p: 1, q: 2 }] }, []],
  ['a list of another length', { a: [1] }, { a: [1, 2] }, ['a: [1,2], wanted [1]']],
  ['an entry of a list', { a: [{ p: 1 }] }, { a: [{ p: 2 }] }, ['a[0].p: 2, wanted 1']],
  ['a list where there is none', { a: [1] }, { a: 'x' }, ['a: "x", wanted [1]']],
]
for (const [name, want, live, expected] of rows)
  test(`differences: ${name}`, () => assert.equal(differences(want, live), expected))

test('objects that are there and right are no difference', () => assert.equal(compareAddons(wanted, wanted), []))
test('a missing object and an edited one are told apart', () => {
  const live = wanted
    .filter(({ kind }) => kind !== 'StorageClass')
    .map((object) => (object.kind === 'ConfigMap' ? ({ ...object, data: { Corefile: 'mine' } } as KubeObject) : object))
  const found = compareAddons(wanted, live)
  assert.equal(
    found.map(({ object }) => object),
    ['ConfigMap kube-system/coredns', 'StorageClass standard'],
  )
  assert.match(found[0]?.fields[0] ?? '', /^data\.Corefile: "mine", wanted/)
  assert.equal(found[1]?.fields, [])
})

/** An API server that has these objects, and notes what is applied. */
function fakeApi(live: readonly Manifest[]) {
  const applied: unknown[] = []
  const name = ({ kind, metadata }: ObjectReference | Manifest) => `${kind}/${metadata.name}`
  const api = {
    pathOf: async (object: ObjectReference) => name(object),
    find: async (path: string) => live.find((object) => name(object) === path),
    apply: async (object: Manifest, options: object) => applied.push({ name: name(object), ...options }),
  } as unknown as Api
  return { api, applied }
}

for (const [name, live, missing] of [
  ['nothing', [], 7],
  ['one object', wanted.slice(0, 1), 6],
  ['all of them', wanted, 0],
] as const) {
  test(`of a cluster with ${name}, ${missing} are missing`, async () =>
    assert.is((await addonDifferences(fakeApi(live).api, wanted)).length, missing))
}
test('they are applied on the server, by a manager of our name that takes over fields', async () => {
  const { api, applied } = fakeApi([])
  await applyAddons(api, wanted)
  assert.is(applied.length, 7)
  assert.equal(applied[0], { name: 'ServiceAccount/coredns', manager: 'platform', force: true })
})

test.run()
