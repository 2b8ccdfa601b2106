import type { Api, KubeObject } from '@platform/cluster'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type WatchOptions, watchRelease } from '../src/readiness/watch-release.ts'

const test = suite('watching a rollout')

const deployment = (availableReplicas: number) => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas: 1 } },
  metadata: { name: 'web', namespace: 'shop', uid: 'd', generation: 1 },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas },
})
const replicaSet = {
  ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  metadata: {
    ...{ name: 'web-1', namespace: 'shop', uid: 'r', ownerReferences: [{ uid: 'd' }] },
    annotations: { 'deployment.kubernetes.io/revision': '1' },
  },
}
const pod = (reason: string, message: string) => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name: 'web-1-x', namespace: 'shop', uid: 'p', ownerReferences: [{ uid: 'r' }] },
  status: { containerStatuses: [{ name: 'server', ready: false, state: { waiting: { reason, message } } }] },
})
const service = {
  ...{ apiVersion: 'v1', kind: 'Service', spec: { type: 'LoadBalancer' }, status: {} },
  metadata: { name: 'web', namespace: 'shop' },
}
const statefulSet = {
  ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', spec: { replicas: 1 } },
  metadata: { name: 'db', namespace: 'shop', uid: 's', generation: 1 },
  status: {
    observedGeneration: 1,
    availableReplicas: 0,
    updatedReplicas: 0,
    currentRevision: 'a',
    updateRevision: 'b',
  },
}

interface Event {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: object
}

/** An API server with these objects, by the end of a collection's path. Its watches report the events, then nothing. */
function fakeApi(lists: Readonly<Record<string, readonly object[]>>, events: Readonly<Record<string, Event[]>> = {}) {
  const deleted: string[] = []
  const last = (path: string) => path.split('/').at(-1) ?? ''
  const api: Partial<Api> = {
    collectionOf: async ({ kind }) => `/apis/${kind.toLowerCase()}s`,
    list: async <T>(path: string) => (lists[last(path)] ?? []) as T[],
    async *watch<T>(path: string, signal: AbortSignal) {
      for (const event of events[last(path)] ?? []) yield event as never as { type: 'ADDED'; object: T }
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    },
    delete: async (path) => void deleted.push(path),
  }
  return { api: api as Api, deleted }
}

const watch = (api: Api, wanted: readonly object[], more: Partial<WatchOptions> = {}) => {
  const said: string[] = []
  const options: WatchOptions = {
    ...{ progress: (message) => void said.push(message), signal: new AbortController().signal, limitMs: 60_000 },
    ...{ tolerances: { unschedulableMs: 0, unpullableMs: 0 }, timeoutFor: async () => Number.POSITIVE_INFINITY },
    ...more,
  }
  return watchRelease(api, wanted as KubeObject[], options).then((watched) => ({ ...watched, said }))
}

test('what is ready is not waited for', async () => {
  const { failure, optionalNotReady, said, observed } = await watch(fakeApi({ deployments: [deployment(1)] }).api, [
    deployment(0),
  ])
  assert.equal([failure, optionalNotReady, said], [undefined, [], []])
  assert.equal([...observed.live.keys()], ['Deployment shop/web'])
})

test('an event that reports it ready ends the wait; until then each object is named with what is missing', async () => {
  const events = { deployments: [{ type: 'MODIFIED' as const, object: deployment(1) }] }
  const { api } = fakeApi({ deployments: [deployment(0)] }, events)
  assert.is((await watch(api, [deployment(0)])).failure, undefined)
  const never = await watch(fakeApi({ deployments: [deployment(0)] }).api, [deployment(0)], { limitMs: 1 })
  assert.is(never.failure?.late, true)
  assert.match(never.failure?.waiting[0]?.missing ?? '', /0 of 1 pods available/)
})

test('a deleted object is missing again', async () => {
  const events = { deployments: [{ type: 'DELETED' as const, object: deployment(1) }] }
  const { api } = fakeApi({ deployments: [deployment(0)] }, events)
  const { failure } = await watch(api, [deployment(0)], { limitMs: 1 })
  assert.is(failure?.waiting[0]?.missing, 'not created yet')
})

test('a failed pod ends the wait with its reason, long before the timeout', async () => {
  const lists = { deployments: [deployment(0)], replicasets: [replicaSet], pods: [pod('ErrImagePull', 'no such host')] }
  const { failure } = await watch(fakeApi(lists).api, [deployment(0)])
  assert.is(failure?.late, false)
  assert.match(failure?.failures[0]?.reason ?? '', /web-1-x.*ErrImagePull/)
})

test('a failure that may pass is tolerated for its time', async () => {
  const lists = { deployments: [deployment(0)], replicasets: [replicaSet], pods: [pod('ErrImagePull', 'no such host')] }
  const tolerances = { unschedulableMs: 0, unpullableMs: 3_600_000 }
  const { failure } = await watch(fakeApi(lists).api, [deployment(0)], { tolerances, limitMs: 1 })
  assert.is(failure?.late, true)
})

test('an optional object is given up once all others are ready', async () => {
  const { api } = fakeApi({ deployments: [deployment(1)], services: [service] })
  const timeoutFor: WatchOptions['timeoutFor'] = async ({ kind }) => (kind === 'Service' ? 0 : Number.POSITIVE_INFINITY)
  const { failure, optionalNotReady } = await watch(api, [deployment(0), service], { timeoutFor })
  assert.equal([failure, optionalNotReady.map(({ object }) => object)], [undefined, ['Service shop/web']])
})

test('a failed pod of an old template, which blocks a StatefulSet, is deleted once', async () => {
  const old = {
    ...pod('ErrImagePull', 'no such host'),
    metadata: {
      ...{ name: 'db-0', namespace: 'shop', uid: 'o', ownerReferences: [{ uid: 's' }] },
      labels: { 'controller-revision-hash': 'a' },
    },
  }
  const { api, deleted } = fakeApi({ statefulsets: [statefulSet], pods: [old] })
  const { said } = await watch(api, [statefulSet], { limitMs: 1_200 })
  assert.equal(deleted, ['/api/v1/namespaces/shop/pods/db-0'])
  assert.match(said.join('\n'), /replacing the failed pod db-0/)
})

test('it ends with the error of a watch that fails, and with the reason of an abort', async () => {
  const thrown = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: Error) => error,
    )
  const { api } = fakeApi({})
  const refuses = { ...api, list: async () => Promise.reject(new Error('forbidden')) } as Api
  assert.is((await thrown(watch(refuses, [deployment(0)])))?.message, 'forbidden')
  const stop = new AbortController()
  stop.abort(new Error('stopped'))
  assert.is((await thrown(watch(api, [deployment(0)], { signal: stop.signal })))?.message, 'stopped')
})

test.run()
