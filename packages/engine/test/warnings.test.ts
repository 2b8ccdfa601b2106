import type { Api } from '@platform/cluster'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ObservedRelease } from '../src/readiness/rollout.ts'
import { type Warning, Warnings, withWarnings } from '../src/readiness/warnings.ts'

const test = suite('warnings about what is waited for')

const at = (second: number) => `2026-01-01T12:00:${String(second).padStart(2, '0')}Z`
const warning = (reason: string, involvedObject: Warning['involvedObject'], second = 30): Warning => ({
  metadata: { name: reason },
  ...{ reason, involvedObject, lastTimestamp: at(second), message: 'MountVolume.SetUp failed:\n secret "s" not found' },
})
const pod = { kind: 'Pod', name: 'web-0', namespace: 'n', uid: 'pod' }
const claim = { kind: 'PersistentVolumeClaim', name: 'data', namespace: 'n', uid: 'claim' }

const set = { kind: 'StatefulSet', metadata: { name: 'web', namespace: 'n', uid: 'set' } }
const volume = { kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'n', uid: 'claim' } }
const seen = {
  wanted: [set, volume],
  live: new Map<string, object>([
    ['StatefulSet n/web', { ...set, status: { updateRevision: 'r' } }],
    ['PersistentVolumeClaim n/data', volume],
  ]),
  pods: [
    {
      metadata: {
        ...{ name: 'web-0', namespace: 'n', uid: 'pod', creationTimestamp: at(10) },
        labels: { 'controller-revision-hash': 'r' },
        ownerReferences: [{ kind: 'StatefulSet', name: 'web', uid: 'set' }],
      },
      spec: { volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] },
    },
  ],
  replicaSets: [],
} as unknown as ObservedRelease
const waiting = [
  { object: 'StatefulSet n/web', kind: 'StatefulSet', missing: '0 of 1 pods available' },
  { object: 'PersistentVolumeClaim n/data', kind: 'PersistentVolumeClaim', missing: 'Pending' },
]
const mount = 'pod web-0: FailedMount: MountVolume.SetUp failed: secret "s" not found'
const provision = 'PersistentVolumeClaim n/data: ProvisioningFailed: MountVolume.SetUp failed: secret "s" not found'

const rows: readonly (readonly [string, readonly Warning[], string | undefined, string | undefined])[] = [
  ['a volume that can not be mounted', [warning('FailedMount', pod)], mount, undefined],
  ['a volume that nobody makes', [warning('ProvisioningFailed', claim)], provision, provision],
  ['the newest of several', [warning('ProvisioningFailed', claim, 20), warning('FailedMount', pod)], mount, provision],
  ['what stands in the status of a pod anyway', [warning('Unhealthy', pod)], undefined, undefined],
  ['a pod of the same name before this one', [warning('FailedMount', { ...pod, uid: 'old' })], undefined, undefined],
  [
    'a claim of the same name before this one',
    [warning('ProvisioningFailed', { ...claim, uid: 'old' }, 5)],
    undefined,
    undefined,
  ],
]
for (const [name, warnings, ofSet, ofClaim] of rows) {
  test(name, () => {
    const said = withWarnings(waiting, seen, warnings).map(({ missing: lacks }) => lacks.split('; ')[1])
    assert.equal(said, [ofSet, ofClaim])
  })
}

test('they are asked for now and then, and only while it lasts', async () => {
  const asked: string[] = []
  const api = {
    list: async (path: string, { fields = '' } = {}) => {
      asked.push(`${path} ${fields}`)
      if (fields === 'type=Warning') return [warning('FailedMount', pod)]
      throw new Error('forbidden')
    },
  } as unknown as Api
  const warnings = new Warnings(api)
  const counts: number[] = []
  for (const elapsed of [0, 2_900, 3_000, 3_500, 7_900, 8_000]) {
    warnings.about(seen, elapsed)
    await new Promise((resolve) => setImmediate(resolve))
    counts.push(asked.length)
  }
  assert.equal(counts, [0, 0, 2, 2, 2, 4])
  assert.is(warnings.about(seen, 8_100)[0]?.reason, 'FailedMount', 'what may not be read leaves the rest')
})

test.run()
