import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leftOver, unseen } from '../src/inventory/compare.ts'
import { writeInventory } from '../src/inventory/file.ts'
import {
  entryOf,
  type Inventory,
  type InventoryEntry,
  isOurs,
  isPassing,
  nameOf,
  typeOf,
} from '../src/inventory/inventory.ts'
import { compareInventory } from '../src/inventory/proof.ts'
import { takeInventory } from '../src/inventory/take.ts'

const test = suite('inventory')
const releases = [{ release: 'prometheus', namespace: 'monitoring' }]
const part = { 'app.kubernetes.io/part-of': 'observable-platform' }
const of = (...entries: InventoryEntry[]): Inventory => ({ takenAt: '', entries, unread: [] })
const entry = (type: string, name: string, more: Partial<InventoryEntry> = {}): InventoryEntry => ({
  ...{ type, name, uid: `${type}/${more.namespace ?? ''}/${name}` },
  ...more,
})

const rows: [string, InventoryEntry[], InventoryEntry[], boolean, string[]][] = [
  ['nothing new', [entry('ClusterRole', 'a')], [entry('ClusterRole', 'a')], false, []],
  ['what went is no leftover', [entry('ClusterRole', 'a')], [], false, []],
  ['a cluster-scoped object', [], [entry('rbac/ClusterRole', 'x')], false, ['rbac/ClusterRole x']],
  ['a webhook', [], [entry('admissionregistration.k8s.io/X', 'w')], false, ['admissionregistration.k8s.io/X w']],
  [
    'an object of kube-system',
    [entry('ConfigMap', 'coredns', { namespace: 'kube-system' })],
    [
      entry('ConfigMap', 'coredns', { namespace: 'kube-system' }),
      entry('ConfigMap', 'left', { namespace: 'kube-system' }),
    ],
    false,
    ['ConfigMap kube-system/left'],
  ],
  [
    'a pod of a Deployment that was there is its own new pod',
    [entry('apps/Deployment', 'd')],
    [
      entry('apps/Deployment', 'd', { uid: '1' }),
      entry('apps/ReplicaSet', 'd-2', { uid: '2', owners: ['1'] }),
      entry('Pod', 'd-2-x', { uid: '3', owners: ['2'] }),
    ],
    false,
    [],
  ],
  [
    'garbage whose owner has gone is told',
    [],
    [entry('discovery.k8s.io/EndpointSlice', 's', { owners: ['gone'] })],
    false,
    ['discovery.k8s.io/EndpointSlice s'],
  ],
  [
    'what was ours before the first inventory does not count as before',
    [entry('ClusterRole', 'a', { ours: true })],
    [entry('ClusterRole', 'a', { ours: true })],
    false,
    ['ClusterRole a'],
  ],
  [
    'on a bound cluster only managed objects count',
    [],
    [entry('ClusterRole', 'theirs'), entry('ClusterRole', 'a', { ours: true })],
    true,
    ['ClusterRole a'],
  ],
  [
    "a namespace of ours with others' things in it is theirs now",
    [],
    [entry('Namespace', 'n', { ours: true }), entry('ConfigMap', 'theirs', { namespace: 'n' })],
    true,
    [],
  ],
  ['an empty namespace of ours', [], [entry('Namespace', 'n', { ours: true })], true, ['Namespace n']],
]
for (const [name, before, now, onlyOurs, expected] of rows) {
  test(name, () => assert.equal(leftOver(of(...before), of(...now), { onlyOurs }).map(nameOf), expected))
}

const objects: [string, object, boolean][] = [
  ['the label part-of', { name: 'x', labels: part }, true],
  ['what the engine writes', { name: 'x', labels: { 'app.kubernetes.io/managed-by': 'observable-platform' } }, true],
  [
    "Helm's mark of a release of ours",
    {
      name: 'x',
      annotations: { 'meta.helm.sh/release-name': 'prometheus', 'meta.helm.sh/release-namespace': 'monitoring' },
    },
    true,
  ],
  [
    'a release of the same name elsewhere',
    { name: 'x', annotations: { 'meta.helm.sh/release-name': 'prometheus', 'meta.helm.sh/release-namespace': 'b' } },
    false,
  ],
  ["Helm's record of it", { name: 'sh.helm.release.v1.prometheus.v3', namespace: 'monitoring' }, true],
  ["Helm's record of another", { name: 'sh.helm.release.v1.prometheus2.v3', namespace: 'monitoring' }, false],
]
for (const [name, metadata, expected] of objects) {
  test(`ours by ${name}: ${expected}`, () => assert.is(isOurs({ metadata } as never, releases), expected))
}
test('what comes and goes by itself is left out', () => {
  for (const type of ['Event', 'coordination.k8s.io/LeaseCandidate', 'metrics.k8s.io/PodMetrics'])
    assert.ok(isPassing(type))
  assert.not.ok(isPassing('Pod'))
  assert.is(entryOf('ConfigMap', { metadata: { name: 'kube-root-ca.crt', namespace: 'x' } }, []), undefined)
  assert.is(typeOf({ apiVersion: 'apps/v1', kind: 'Deployment' }), 'apps/Deployment')
})
const lease = 'coordination.k8s.io/Lease'
const heartbeats: [string, boolean][] = [
  ['node-1', false],
  ['kube-scheduler', false],
  ['observable-platform-prometheus', true],
]
for (const [name, expected] of heartbeats) {
  test(`the lease ${name} ${expected ? 'counts: a killed run left it' : 'is a heartbeat'}`, () => {
    const labels = { 'app.kubernetes.io/managed-by': 'observable-platform' }
    const found = entryOf(lease, { metadata: { name, namespace: 'n', ...(expected && { labels }) } }, [])
    assert.is(found?.ours, expected || undefined)
    assert.is(found !== undefined, expected)
  })
}
const readable = (unread: string[], read?: string[]): Inventory => ({ takenAt: '', entries: [], unread, read })
const dark: [string, Inventory | undefined, string[], string[]][] = [
  ['was read before', readable([], ['Secret']), ['Secret'], ['Secret']],
  ['could not be read before either', readable(['Secret'], []), ['Secret'], []],
  ['is new', readable([], ['Pod']), ['x/New'], []],
  ['an older file does not call unread', readable([]), ['Secret'], ['Secret']],
  ['has no inventory', undefined, ['Secret'], []],
]
for (const [what, before, unread, expected] of dark) {
  test(`a kind that can't be read and ${what}: ${expected.length ? 'nothing is proved' : 'passed over'}`, () =>
    assert.equal(unseen(before, readable(unread, [])), expected))
}

/** An API server with Secrets alone, which answers with these statuses in turn, the last one for good. */
const secretsOnly = (statuses: number[], items: object[] = []) => ({
  resources: async () => [{ apiVersion: 'v1', kind: 'Secret', resource: 'secrets', namespaced: true, verbs: ['list'] }],
  async request() {
    const status = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200
    return { status, headers: {}, body: status === 200 ? JSON.stringify({ items, metadata: {} }) : '' }
  },
})
const ourSecret = { metadata: { name: 's', namespace: 'n', uid: '1', labels: part } }
const theirSecret = { metadata: { name: 't', namespace: 'n', uid: '2' } }
const proofs: [string, boolean, number[], object[], string | undefined, RegExp][] = [
  ['answers again in time', true, [503, 200], [], undefined, /^$/],
  ['does not answer to the end', true, [503], [], 'INVENTORY_INCOMPLETE', /does not answer for Secret/],
  ['has something left', true, [200], [theirSecret], 'RESOURCES_LEFT_OVER', /Secret n\/t/],
  [
    'has a managed object, without an inventory file',
    false,
    [200],
    [ourSecret, theirSecret],
    'RESOURCES_LEFT_OVER',
    /:\n {2}Secret n\/s$/,
  ],
  ['has no managed object, without an inventory file', false, [200], [theirSecret], undefined, /^$/],
]
for (const [what, known, statuses, items, code, message] of proofs) {
  test(`a cluster that ${what}: ${code ?? 'nothing is left'}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'inventory-'))
    try {
      const file = join(folder, 'inventory.json')
      if (known) writeInventory(file, readable([], ['Secret']))
      const garbageMs = statuses.length > 1 ? 1500 : 50 // what does not come is not worth a wait
      const options = { emit: () => {}, onlyOurs: false, garbageMs, pollMs: 10 }
      const error = await compareInventory(secretsOnly([...statuses], items) as never, file, options)
      assert.is(error?.code, code)
      assert.match(error?.message ?? '', message)
      assert.is(existsSync(file), known)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
test('everything that can be listed is read page by page; what may not be is said', async () => {
  const resource = (kind: string, resource: string, verbs = ['list']) => ({
    ...{ apiVersion: 'v1', kind, resource, namespaced: true, verbs },
  })
  const asked: string[] = []
  const api = {
    resources: async () => [
      resource('Pod', 'pods'),
      resource('Secret', 'secrets'),
      resource('Event', 'events'),
      resource('Binding', 'bindings', ['create']),
    ],
    async request(path: string, { headers }: { headers: Record<string, string> }) {
      asked.push(path)
      assert.match(headers.accept ?? '', /PartialObjectMetadataList/)
      if (path.includes('secrets')) return { status: 403, headers: {}, body: '{}' }
      const second = path.includes('continue=more')
      const items = [{ metadata: { name: second ? 'b' : 'a', namespace: 'n', uid: second ? '2' : '1' } }]
      return { status: 200, headers: {}, body: JSON.stringify({ items, metadata: second ? {} : { continue: 'more' } }) }
    },
  }
  const inventory = await takeInventory(api as never, [])
  assert.equal(inventory.entries.map(nameOf), ['Pod n/a', 'Pod n/b'])
  assert.equal([inventory.unread, inventory.read], [['Secret'], ['Pod']])
  assert.is(asked.length, 3)
})

test.run()
