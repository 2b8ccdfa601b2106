import type { ContainerStatus, PodObject } from '@platform/cluster'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { podFailure } from '../src/readiness/pod-failure.ts'
import { type OwnedObject, podsOf, rolloutState } from '../src/readiness/rollout.ts'
import { unfinished, type Workload, workloadTrouble } from '../src/readiness/workloads.ts'

const test = suite('readiness')
const how = { restartsBefore: new Map<string, number>(), unschedulableMs: 12_000, unpullableMs: 4_000 }

const workload = (kind: string, spec: object, status: object, generation = 1): Workload => ({
  ...{ apiVersion: 'apps/v1', kind, spec, status },
  metadata: { name: 'x', namespace: 'n', uid: 'owner', generation },
})
const rollouts: [string, Workload, string | undefined][] = [
  [
    'a Deployment that its controller has not seen yet',
    workload('Deployment', { replicas: 1 }, { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 }, 2),
    'not yet observed by its controller',
  ],
  [
    'a Deployment whose new pod is not available',
    workload('Deployment', { replicas: 2 }, { observedGeneration: 1, updatedReplicas: 2, availableReplicas: 1 }),
    '1 of 2 pods available',
  ],
  [
    'a Deployment with an old pod',
    workload(
      'Deployment',
      { replicas: 1 },
      { observedGeneration: 1, replicas: 2, updatedReplicas: 1, availableReplicas: 1 },
    ),
    '1 old pods to terminate',
  ],
  [
    'a Deployment that is rolled out',
    workload(
      'Deployment',
      { replicas: 1 },
      { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
    ),
    undefined,
  ],
  ['a Deployment of no pods', workload('Deployment', { replicas: 0 }, { observedGeneration: 1 }), undefined],
  [
    'a StatefulSet in the middle of an update',
    workload(
      'StatefulSet',
      { replicas: 2 },
      { observedGeneration: 1, availableReplicas: 2, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
    ),
    '1 of 2 pods updated',
  ],
  [
    'a DaemonSet with a node to go',
    workload(
      'DaemonSet',
      {},
      { observedGeneration: 1, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 },
    ),
    '2 of 3 pods available',
  ],
  ['a Job that runs', workload('Job', {}, {}), '0 of 1 completed'],
  ['a Job that is done', workload('Job', {}, { conditions: [{ type: 'Complete', status: 'True' }] }), undefined],
  ['a claim without a volume', workload('PersistentVolumeClaim', {}, { phase: 'Pending' }), 'Pending'],
  ['a Service that needs no address', workload('Service', { type: 'ClusterIP' }, {}), undefined],
  ['a LoadBalancer without one', workload('Service', { type: 'LoadBalancer' }, {}), 'no address yet'],
  [
    'an Ingress with a host name',
    workload('Ingress', {}, { loadBalancer: { ingress: [{ hostname: 'lb' }] } }),
    undefined,
  ],
]
for (const [name, object, expected] of rollouts) test(name, () => assert.is(unfinished(object), expected))

const pod = (container: Partial<ContainerStatus>, more: object = {}): PodObject => ({
  metadata: { name: 'p', namespace: 'n', uid: 'u' },
  status: { phase: 'Running', containerStatuses: [{ name: 'c', ...container }], ...more },
})
const waiting = (reason: string, message = '') => pod({ state: { waiting: { reason, message } } })
const failures: [string, PodObject, number | undefined][] = [
  ['a pod that is being made', waiting('ContainerCreating'), undefined],
  ['an image that the node must not pull', waiting('ErrImageNeverPull'), 0],
  ['an image name that is none', waiting('InvalidImageName'), 0],
  ['an image that its registry does not have', waiting('ErrImagePull', 'manifest unknown'), 0],
  ['a registry that does not answer may come back', waiting('ImagePullBackOff', 'dial tcp: i/o timeout'), 4_000],
  ['a Secret without a key', waiting('CreateContainerConfigError', "couldn't find key x in Secret"), 4_000],
  [
    'a first crash is none yet',
    pod({ restartCount: 1, lastState: { terminated: { exitCode: 1, reason: 'Error' } } }),
    undefined,
  ],
  [
    'a second restart after a failure is a loop',
    pod({ restartCount: 2, lastState: { terminated: { exitCode: 1, reason: 'Error' } } }),
    0,
  ],
  [
    'restarts with success are none',
    pod({ restartCount: 5, lastState: { terminated: { exitCode: 0, reason: 'Completed' } } }),
    undefined,
  ],
  [
    'a program that ends well again and again, and is to stay',
    pod({
      restartCount: 2,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 0, reason: 'Completed' } },
    }),
    0,
  ],
  [
    'one that is ready again is fine, whatever was',
    pod({ ready: true, restartCount: 9, lastState: { terminated: { exitCode: 1 } } }),
    undefined,
  ],
  [
    'a node that went down is no failure of its pods',
    pod({ restartCount: 4, lastState: { terminated: { exitCode: 255, reason: 'Unknown' } } }),
    undefined,
  ],
  [
    'a program of another machine',
    pod({ state: { terminated: { exitCode: 128, reason: 'StartError', message: 'exec format error' } } }),
    0,
  ],
  [
    'no node for it',
    pod({}, { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no cpu' }] }),
    12_000,
  ],
  [
    'a pod that is held back by a gate',
    pod({}, { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
    undefined,
  ],
]
for (const [name, object, after] of failures) {
  test(`${name}: ${after === undefined ? 'waits' : `fails after ${after} ms`}`, () => {
    const failure = podFailure(object, how)
    assert.is(failure?.afterMs, after)
    if (failure) assert.match(failure.reason, /^pod p/)
  })
}
test('restarts of last week are none of this run', () => {
  const crashed = pod({ restartCount: 7, lastState: { terminated: { exitCode: 1 } } })
  assert.is(podFailure(crashed, { ...how, restartsBefore: new Map([['u/c', 6]]) }), undefined)
  const looping = pod({
    restartCount: 7,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 1 } },
  })
  assert.is(podFailure(looping, { ...how, restartsBefore: new Map([['u/c', 7]]) })?.afterMs, 0)
})

const owned = (name: string, owner: string, revision: string): OwnedObject => ({
  kind: 'ReplicaSet',
  metadata: {
    ...{ name, uid: name },
    annotations: { 'deployment.kubernetes.io/revision': revision },
    ownerReferences: [{ kind: 'Deployment', name: 'x', uid: owner }],
  },
})
const podOf = (name: string, owner: string, container: Partial<ContainerStatus>) => {
  const made = pod(container)
  const ownerReferences = [{ kind: 'ReplicaSet', name: owner, uid: owner }]
  return { ...made, metadata: { ...made.metadata, name, uid: name, ownerReferences } }
}
test('what ails the pods of an old template is no failure of the new one', () => {
  const live = workload('Deployment', { replicas: 1 }, { observedGeneration: 1 })
  const crash = { restartCount: 9, lastState: { terminated: { exitCode: 1 } } }
  const seen = {
    replicaSets: [owned('old', 'owner', '9'), owned('new', 'owner', '10')],
    pods: [podOf('a', 'old', crash), podOf('b', 'new', {})],
  }
  assert.equal(
    podsOf(live, seen).map(({ metadata }) => metadata.name),
    ['b'],
  )
  const wanted = [{ kind: 'Deployment', metadata: { name: 'x', namespace: 'n' } }]
  const verdict = rolloutState({ ...seen, wanted, live: new Map([['Deployment n/x', live]]) }, how)
  assert.equal(verdict.failures, [])
  assert.is(verdict.waiting[0]?.object, 'Deployment n/x')
})
test('a Deployment that may make no pods says why', () => {
  const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }]
  assert.match(workloadTrouble(workload('Deployment', {}, { conditions })) ?? '', /FailedCreate: exceeded quota/)
})

test.run()
