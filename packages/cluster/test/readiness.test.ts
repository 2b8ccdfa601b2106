import { PlatformError } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Unready, unready, waitUntilReady } from '../src/embedded/readiness.ts'
import { ApiError } from '../src/kubernetes/api.ts'
import type { ContainerStatus, KubeObject, PodObject } from '../src/kubernetes/objects.ts'
import { podProblem } from '../src/kubernetes/pod-problem.ts'

const test = suite('readiness')
const since = '2026-01-01T12:00:00.700Z'
const before = '2026-01-01T11:00:00Z'
const after = '2026-01-01T12:00:00Z'

const node = (status: string, lastHeartbeatTime: string, message?: string) =>
  ({
    kind: 'Node',
    metadata: { name: 'n' },
    status: { conditions: [{ type: 'Ready', status, lastHeartbeatTime, message }] },
  }) as KubeObject
const dns = (ready: boolean, container: Partial<ContainerStatus>): PodObject => ({
  kind: 'Pod',
  metadata: { name: 'coredns-1', labels: { 'k8s-app': 'kube-dns' } },
  status: {
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses: [{ name: 'coredns', ready, ...container }],
  },
})
const runs = (startedAt: string) => ({ state: { running: { startedAt } } })
const waits = (reason: string, message?: string) => ({ state: { waiting: { reason, message } } })
const readyNode = node('True', after)
const readyDns = dns(true, runs(after))

const rows: [string, KubeObject[], string[], string[]][] = [
  ['all is ready', [readyNode, readyDns], [], []],
  ['no node yet', [readyDns], ['the node: the kubelet has not registered it yet'], []],
  [
    "the kubelet's own reason",
    [node('False', after, 'cni not initialized'), readyDns],
    ['node n: cni not initialized'],
    [],
  ],
  [
    'a node that was Ready before the start',
    [node('True', before), readyDns],
    ['node n: the kubelet has not reported yet'],
    [],
  ],
  ['a pod that was Ready before the start', [readyNode, dns(true, runs(before))], ['CoreDNS'], []],
  ['a pod that starts', [readyNode, dns(false, waits('ContainerCreating'))], ['CoreDNS'], []],
  ['no pod yet', [readyNode], ['CoreDNS'], []],
  [
    'an image that is not there',
    [readyNode, dns(false, waits('ErrImagePull', 'no such host'))],
    ['CoreDNS: pod coredns-1, container coredns: ErrImagePull: no such host'],
    ['pod coredns-1, container coredns: ErrImagePull: no such host'],
  ],
  [
    'an old pod that fails beside a new one that is ready',
    [readyNode, dns(false, waits('CrashLoopBackOff')), readyDns],
    [],
    [],
  ],
]
for (const [name, objects, waiting, trouble] of rows) {
  test(name, () => assert.equal(unready(objects, since), { waiting, trouble }))
}

const crashed = { reason: 'Error', exitCode: 1, message: 'bad Corefile' }
const troubles: [string, Partial<ContainerStatus>, RegExp | undefined][] = [
  [
    'crash loop with the reason before it',
    { ...waits('CrashLoopBackOff', 'back-off 10s'), lastState: { terminated: crashed } },
    /CrashLoopBackOff: back-off 10s, ended with exit code 1 \(Error\): bad Corefile/,
  ],
  ['ended', { state: { terminated: crashed } }, /ended with exit code 1/],
  ['ended with 0', { state: { terminated: { exitCode: 0, reason: 'Completed' } } }, undefined],
  ['lost with the node', { state: { terminated: { exitCode: 255, reason: 'Unknown' } } }, undefined],
  [
    'OOMKilled',
    { ready: false, ...runs(after), lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } },
    /restarted after it ended with exit code 137 \(OOMKilled\)/,
  ],
  ['running', { ready: true, ...runs(after) }, undefined],
]
for (const [name, container, expected] of troubles) {
  test(`a pod's own reason: ${name}`, () => {
    const said = podProblem(dns(false, container))
    if (expected) assert.match(said ?? '', expected)
    else assert.is(said, undefined)
  })
}
test("a pod that fits nowhere gives the scheduler's reason", () => {
  const pod: PodObject = {
    metadata: { name: 'p' },
    status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }] },
  }
  assert.match(podProblem(pod) ?? '', /p: Unschedulable: 0\/1 nodes/)
})

const asks =
  (...answers: Unready[]) =>
  async () =>
    (answers.length > 1 ? answers.shift() : answers[0]) as Unready
const waiting = { waiting: ['CoreDNS'], trouble: [] }
const failing = { waiting: ['CoreDNS: ErrImagePull'], trouble: ['ErrImagePull'] }
test('waits until nothing is waited for, and says each thing once', async () => {
  const said: string[] = []
  await waitUntilReady(asks(waiting, waiting, { waiting: [], trouble: [] }), (message) => said.push(message))
  assert.equal(said, ['waiting for CoreDNS'])
})
for (const [name, answer, limits, hint] of [
  ['trouble that stays', failing, { troubleMs: 1, limitMs: 60_000 }, /describe pods/],
  ['time that runs out', waiting, { troubleMs: 60_000, limitMs: 1 }, /describe nodes/],
] as const) {
  test(`gives up after ${name}, with the reason`, async () => {
    try {
      await waitUntilReady(asks(answer), () => {}, { limits })
      assert.unreachable()
    } catch (error) {
      assert.instance(error, PlatformError)
      assert.is((error as PlatformError).code, 'CLUSTER_NOT_READY')
      assert.match((error as PlatformError).message, new RegExp(answer.waiting[0] ?? '-'))
      assert.match((error as PlatformError).hint ?? '', hint)
    }
  })
}
const silence = new PlatformError('API_UNREACHABLE', 'connection refused')
const starting = new ApiError(503, 'ServiceUnavailable', 'not yet')
test('an API server that does not answer is waited for', async () => {
  const said: string[] = []
  let asked = 0
  const ask = async () => {
    asked += 1
    if (asked === 1) throw silence
    if (asked === 2) throw starting
    return { waiting: [], trouble: [] }
  }
  await waitUntilReady(ask, (message) => said.push(message))
  assert.equal(said, ['waiting for the API server: connection refused', 'waiting for the API server: not yet'])
})
test('until time runs out', async () => {
  try {
    await waitUntilReady(
      () => Promise.reject(silence),
      () => {},
      { limits: { troubleMs: 60_000, limitMs: 1 } },
    )
    assert.unreachable()
  } catch (error) {
    const { code, message, hint = '' } = error as PlatformError
    assert.is(code, 'CLUSTER_NOT_READY')
    assert.match(message, /the API server: connection refused/)
    assert.match(hint, /readyz/)
  }
})
test('a bug is not waited for', async () => {
  try {
    await waitUntilReady(
      () => Promise.reject(new TypeError('x')),
      () => {},
    )
    assert.unreachable()
  } catch (error) {
    assert.instance(error, TypeError)
  }
})
test('ends at once when told to', async () => {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 5)
  try {
    await waitUntilReady(asks(waiting), () => {}, { signal: stop.signal })
    assert.unreachable()
  } catch (error) {
    assert.is((error as Error).name, 'AbortError')
  }
})

test.run()
