import { Agent, createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type Api, ApiError, type KubeObject, type Manifest, type ServiceObject } from '@platform/cluster'
import { loadSettings, type PlatformError, systemRunner } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Component } from '../src/component/component.ts'
import type { ObservedObject } from '../src/diff/types.ts'
import type { Session } from '../src/session/session.ts'
import {
  checkClaims,
  checkIngresses,
  checkRelease,
  checkWorkloads,
  claimsOf,
  hasSubject,
  type PodWithDeletion,
} from '../src/verify/general-checks.ts'
import { startForwarding } from '../src/verify/proof/forward.ts'
import { requestAt } from '../src/verify/proof/http.ts'
import { ingressAddress } from '../src/verify/proof/ingress-address.ts'
import { prometheusClient } from '../src/verify/proof/prometheus.ts'
import { isLeftover, sweepLeftovers, temporaryObjects } from '../src/verify/proof/temporary.ts'
import { pollUntil, readyPods, withProofContext } from '../src/verify/proof-context.ts'

const verify = suite('verify')
const component: Component = { name: 'shop', directory: '/nowhere', release: 'shop', namespace: 'shop' }
const annotations = { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': 'shop' }

const object = (kind: string, more: object = {}): Manifest => ({
  ...{ apiVersion: 'v1', kind, metadata: { name: 'web', namespace: 'shop', annotations } },
  ...more,
})
/** A rendered object and its live state; `null` for a deleted one. */
const observed = (wanted: Manifest, live: object | null = {}): ObservedObject => ({
  wanted,
  live: live === null ? undefined : { ...wanted, ...live },
  path: '/x',
})
const throws = (work: () => unknown, expected: RegExp) =>
  assert.throws(work, ({ message }: Error) => expected.test(message) || assert.unreachable(message))

const newest = { revision: 3, status: 'deployed', fingerprint: 'f', changedAt: '', secret: 's', labels: {} } as const
const history = (status: string | undefined) => {
  const revision = status === undefined ? undefined : ({ ...newest, status } as typeof newest)
  return {
    ...{ release: 'shop', namespace: 'shop', pending: undefined, deployed: undefined },
    ...{ revisions: revision ? [revision] : [], newest: revision },
  }
}
for (const [state, status, objects, expected] of [
  ['that failed', 'failed', [observed(object('Service'))], /revision 3 is failed/],
  ['that is not installed', undefined, [], /not installed/],
  ['without objects', 'deployed', [], /no objects/],
  ['with a deleted object', 'deployed', [observed(object('Service'), null)], /missing: Service shop\/web/],
  [
    'with an unmanaged object',
    'deployed',
    [observed(object('Service'), { metadata: { name: 'web', namespace: 'shop' } })],
    /not managed by this release: Service/,
  ],
] as const) {
  verify(`a release ${state} fails`, () =>
    throws(() => checkRelease({ history: history(status), objects, chartReplaced: false }, component), expected),
  )
}
verify('a deployed release with all of its objects passes', () => {
  const now = { history: history('deployed'), objects: [observed(object('Service'))], chartReplaced: false }
  assert.is(checkRelease(now, component), 'revision 3, 1 objects')
})

const selector = { matchLabels: { app: 'web' } }
const deployment = object('Deployment', { spec: { replicas: 2, selector } })
const rolledOut = { replicas: 2, updatedReplicas: 2, availableReplicas: 2, observedGeneration: 1 }
const pod = (status: PodWithDeletion['status']): PodWithDeletion => ({
  metadata: { name: 'web-1', labels: { app: 'web' } },
  status,
})
const looping: PodWithDeletion['status'] = {
  phase: 'Running',
  containerStatuses: [
    { name: 'c', ready: false, state: { waiting: { reason: 'CrashLoopBackOff', message: 'again' } } },
  ],
}
for (const [state, live, pods, expected] of [
  ['was deleted', null, [], /does not exist/],
  ['has too few pods', { status: { ...rolledOut, availableReplicas: 1 } }, [], /1 of 2 pods available/],
  ['was scaled down', { spec: { replicas: 0, selector }, status: { observedGeneration: 1 } }, [], /scaled to 0 of 2/],
  ['was not observed by its controller', { status: {} }, [], /not yet observed/],
  ['has a pod in a crash loop', { status: rolledOut }, [pod(looping)], /CrashLoopBackOff: again/],
] as const) {
  verify(`a workload that ${state} fails`, () =>
    throws(() => checkWorkloads([observed(deployment, live)], pods), expected),
  )
}
verify('a rolled out workload passes, and its earlier restarts are reported', () => {
  const healthy = pod({ phase: 'Running', containerStatuses: [{ name: 'c', ready: true, restartCount: 2 }] })
  const message = checkWorkloads([observed(deployment, { status: rolledOut })], [healthy])
  assert.is(message, 'Deployment web; restarts: web-1/c 2×')
})

const claim = (phase: string, metadata = {}) => ({ metadata: { name: 'data', ...metadata }, status: { phase } })
const volumes = (claimName: string) => ({
  spec: { template: { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }] } } },
})
const mounting = object('Deployment', volumes('data'))
for (const [state, live, claims, expected] of [
  ['is pending', {}, [claim('Pending')], /data is Pending/],
  ['does not exist', {}, [], /data does not exist/],
  ['is being deleted', {}, [claim('Bound', { deletionTimestamp: 'now' })], /data is being deleted/],
  ['is not the one that the live pods mount', volumes('other'), [claim('Bound')], /other does not exist/],
] as const) {
  verify(`a claim that ${state} fails`, () => throws(() => checkClaims([observed(mounting, live)], claims), expected))
}
verify('the claims of a release are those that it creates and those that its pods mount', () => {
  const templates = { spec: { replicas: 2, volumeClaimTemplates: [{ metadata: { name: 'data' } }] } }
  const statefulSet = { ...object('StatefulSet', templates) }
  assert.equal(claimsOf([observed(statefulSet), observed(mounting), observed(object('Service'))]), [
    'data-web-0',
    'data-web-1',
    'data',
  ])
  assert.is(checkClaims([observed(mounting)], [claim('Bound')]), 'data')
})

verify('a general check without subjects does not run', () => {
  const applicable = (objects: readonly ObservedObject[]) =>
    ['release', 'claims', 'workloads', 'ingresses'].filter((id) => hasSubject(id, objects))
  assert.equal(applicable([observed(object('Service'))]), ['release'])
  assert.equal(applicable([observed(mounting), observed(object('Ingress'))]), [
    'release',
    'claims',
    'workloads',
    'ingresses',
  ])
})

const ingress = object('Ingress', { spec: { ingressClassName: 'traefik' } })
const at = (ip?: string) => ({ status: { loadBalancer: { ingress: ip ? [{ ip }] : [] } } })
const service = (type: string, ip?: string): ServiceObject => ({
  ...{ metadata: { name: 'traefik', namespace: 'kube-system' }, spec: { type } },
  ...at(ip),
})
const classes: KubeObject[] = [{ metadata: { name: 'traefik' } }]
const balanced = service('LoadBalancer', '10.0.0.1')
for (const [state, live, balancer, answer, expected] of [
  [
    'has no address, but the load balancer has one',
    at(),
    balanced,
    'yes',
    /without an address: web; the load balancer has 10\.0\.0\.1/,
  ],
  [
    'has no address, and no ingress is deployed',
    at(),
    undefined,
    'yes',
    /without an address: web; no ingress is deployed/,
  ],
  ['has an outdated address', at('10.0.0.9'), balanced, 'yes', /expected 10\.0\.0\.1: web has 10\.0\.0\.9/],
  [
    'waits on a cluster without load balancers',
    at(),
    service('LoadBalancer'),
    'no',
    /this cluster has no load balancers/,
  ],
  ['waits for a pending load balancer', at(), service('LoadBalancer'), 'likely', /is pending/],
  [
    'has an ingress Service without a load balancer',
    at('10.0.0.1'),
    service('ClusterIP'),
    'yes',
    /is of type ClusterIP/,
  ],
  ['has an unknown class', { spec: { ingressClassName: 'x' }, ...at('10.0.0.1') }, balanced, 'yes', /web \(x\)/],
  ['has no class and no default class', { spec: {}, ...at('10.0.0.1') }, balanced, 'yes', /web \(none\)/],
] as const) {
  verify(`an Ingress that ${state} fails`, async () => {
    const balancers = async () => ({ answer, why: 'reason' }) as const
    try {
      await checkIngresses([observed(ingress, live)], { service: balancer, classes, balancers })
    } catch (error) {
      return assert.match((error as Error).message, expected)
    }
    assert.unreachable()
  })
}
verify("an Ingress with the load balancer's host name passes", async () => {
  const balancers = async () => assert.unreachable() as never
  const named = { status: { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } } }
  const cluster = { service: { ...balanced, ...named }, classes, balancers }
  assert.is(await checkIngresses([observed(ingress, named)], cluster), 'web lb.example')
})

const fakeApi = (parts: Partial<Api>): Api => parts as Api
for (const [target, status, tls, expected] of [
  ['an IP address', { ingress: [{ ip: '10.0.0.1' }] }, false, { host: '10.0.0.1', port: 80 }],
  ['a host name', { ingress: [{ hostname: 'lb.example' }] }, false, { host: 'lb.example', port: 80 }],
  ['TLS', { ingress: [{ ip: '10.0.0.1' }] }, true, { host: '10.0.0.1', port: 443 }],
] as const) {
  verify(`requests reach the load balancer by ${target}`, async () => {
    const spec = {
      ports: [
        { name: 'web', port: 80 },
        { name: 'websecure', port: 443 },
      ],
    }
    const api = fakeApi({ get: async <T>() => ({ spec, status: { loadBalancer: status } }) as T })
    const found = async () => ({ namespace: 'kube-system', service: 'traefik', port: 80 })
    assert.equal(await ingressAddress(api, found, tls), expected)
  })
}

verify('a request sends the given Host header and login', async () => {
  const server = createServer((request, response) => {
    response.writeHead(401, { 'x-authorization': request.headers.authorization ?? 'none' }).end(request.headers.host)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const login = { user: 'a', password: 'b:c' }
    const response = await requestAt({ host: '127.0.0.1', port }, { host: 'shop.example', path: '/' }, { login })
    assert.equal([response.status, response.body], [401, 'shop.example'])
    assert.is(response.headers['x-authorization'], `Basic ${Buffer.from('a:b:c').toString('base64')}`)
  } finally {
    server.close()
  }
})

verify(
  'requests with keepAlive share a connection and reconnect after the server closed it; others open their own',
  async () => {
    const sockets = new Set<Socket>()
    const server = createServer((request, response) => {
      sockets.add(request.socket)
      response.end('ok')
      // The client notices with its next request.
      if (request.url === '/close') response.on('finish', () => request.socket.resetAndDestroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
    const agent = new Agent({ keepAlive: true })
    const send = (path: string, keepAlive: boolean) =>
      requestAt(address, { host: 'shop.example', path }, { keepAlive }, { agent })
    try {
      for (const path of ['/', '/', '/close']) await send(path, true)
      assert.is(sockets.size, 1)
      assert.is((await send('/', true)).body, 'ok')
      assert.is(sockets.size, 2)
      for (const path of ['/', '/']) await send(path, false)
      assert.is(sockets.size, 4)
    } finally {
      agent.destroy()
      server.close()
    }
  },
)

const prometheus = (body: object, status = 200) =>
  prometheusClient(async () => ({ status, headers: {}, body: JSON.stringify(body) }))
const vector = (value: string) => ({ resultType: 'vector', result: [{ metric: { job: 'x' }, value: [1, value] }] })
for (const [kind, data, expected] of [
  ['a vector', vector('2.5'), [{ labels: { job: 'x' }, value: 2.5 }]],
  ['infinity', vector('+Inf'), [{ labels: { job: 'x' }, value: Number.POSITIVE_INFINITY }]],
  ['a scalar', { resultType: 'scalar', result: [1, '7'] }, [{ labels: {}, value: 7 }]],
  ['an empty vector', { resultType: 'vector', result: [] }, []],
] as const) {
  verify(`a query result of Prometheus can be ${kind}`, async () => {
    assert.equal(await prometheus({ status: 'success', data }).query('x'), expected)
  })
}
verify("an invalid query throws Prometheus' error message", async () => {
  try {
    await prometheus({ status: 'error', error: 'parse error: oops' }, 400).query('(')
  } catch (error) {
    return assert.match((error as Error).message, /parse error: oops/)
  }
  assert.unreachable()
})

/** An API server that stores objects. */
function recordingApi() {
  const stored = new Map<string, Manifest>()
  const path = ({ kind, metadata }: Pick<Manifest, 'kind' | 'metadata'>) => `${kind}/${metadata.name}`
  let n = 0
  const api = fakeApi({
    async create<T extends Manifest>(manifest: T) {
      const { generateName } = manifest.metadata as { generateName?: string }
      n += 1
      const created = {
        ...manifest,
        metadata: { ...manifest.metadata, name: manifest.metadata.name ?? `${generateName}${n}` },
      }
      stored.set(path(created), created)
      return created
    },
    pathOf: async (reference) => path(reference),
    delete: async (key) => void stored.delete(key),
    find: async () => undefined,
    request: async () => ({ status: 200, headers: {}, body: '{"items":[]}' }),
    async list<T>(collection: string) {
      if (collection.includes('jobs')) throw new ApiError(403, 'Forbidden', 'no')
      return (collection.endsWith('/pods') ? [...stored.values()] : []) as T[]
    },
  })
  return { api, stored }
}

const scratch = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'probe-' } } as unknown as Manifest

verify('a temporary object has labels and the namespace of the component, and is deleted afterwards', async () => {
  const { api, stored } = recordingApi()
  const objects = temporaryObjects(api, { component, timeoutMs: 1000 })
  const [created] = await objects.create([scratch])
  assert.match(created?.metadata.name ?? '', /^probe-/)
  assert.is(created?.metadata.namespace, 'shop')
  assert.is(created?.metadata.labels?.['platform.local/made-by'], 'verify')
  assert.is(stored.size, 1)
  await objects.remove()
  assert.is(stored.size, 0)
})

verify('a check may create only kinds that are swept', async () => {
  const { api } = recordingApi()
  const objects = temporaryObjects(api, { component, timeoutMs: 1000 })
  try {
    await objects.create([object('ClusterRole')])
  } catch (error) {
    return assert.match((error as Error).message, /may create ConfigMap, .* not ClusterRole/)
  }
  assert.unreachable()
})

const scope = (api: Api, signal: AbortSignal) => {
  const settings = loadSettings({ env: { HOME: '/home/test' }, root: '/nowhere' })
  const context = { settings, runner: systemRunner, emit: () => {}, signal }
  return { context, component, session: { api, kubectl: {} } as Session, signal, values: {} }
}

verify('temporary objects are deleted after a failure, and at an abort while the check still runs', async () => {
  const { api, stored } = recordingApi()
  const stop = new AbortController()
  const failing = withProofContext(scope(api, stop.signal), async (proof) => {
    await proof.temporary(scratch)
    throw new Error('failed')
  })
  await failing.catch(({ message }) => assert.is(message, 'failed'))
  assert.is(stored.size, 0)
  const closings: Promise<void>[] = []
  const onClose = (closed: Promise<void>) => void closings.push(closed)
  const hanging = withProofContext({ ...scope(api, stop.signal), onClose }, async (proof) => {
    await proof.temporary(scratch)
    stop.abort(new Error('timeout'))
    await Promise.all(closings)
    assert.is(stored.size, 0)
    await proof.temporary(scratch).catch(({ message }) => assert.match(message, /the check has ended/))
    assert.is(stored.size, 0)
  })
  await hanging
})

const leftover = (until: string, owner: string) => ({
  metadata: { name: 'x', annotations: { 'platform.local/until': until, 'platform.local/owner': owner } },
})
const inAMinute = new Date(Date.now() + 60_000).toISOString()
verify('leftovers are expired objects and those of a dead process of this machine', async () => {
  const { api, stored } = recordingApi()
  await temporaryObjects(api, { component, timeoutMs: 60_000 }).create([scratch])
  const [own] = [...stored.values()]
  assert.ok(own)
  assert.not(isLeftover(own, Date.now()))
  assert.ok(isLeftover(own, Date.now() + 600_000), 'it expired')
  assert.ok(
    isLeftover(own, Date.now(), () => false),
    'its process ended',
  )
  assert.not(isLeftover(leftover(inAMinute, 'elsewhere/1/x'), Date.now(), () => false))
  assert.ok(isLeftover({ metadata: { name: 'x' } }, Date.now()))
  assert.equal(await sweepLeftovers(api, 'shop'), [])
  stored.set('Pod/old', { ...object('Pod'), ...leftover('2020-01-01T00:00:00Z', 'elsewhere/1/x') })
  stored.get('Pod/old')
  assert.is((await sweepLeftovers(api, 'shop')).length, 1)
})

verify('polling that times out names its subject', async () => {
  try {
    await pollUntil('the pod', async () => undefined, { everyMs: 5, signal: AbortSignal.timeout(30) })
  } catch (error) {
    return assert.is((error as Error).message, 'still waiting for the pod')
  }
  assert.unreachable()
})

verify('ready pods run, are ready and are not being deleted', () => {
  const conditions = [{ type: 'Ready', status: 'True' }]
  const named = (name: string, status: PodWithDeletion['status'], metadata = {}) => ({
    metadata: { name, ...metadata },
    status,
  })
  const pods = [
    named('a', { phase: 'Running', conditions }),
    named('b', { phase: 'Running' }),
    named('c', { phase: 'Running', conditions }, { deletionTimestamp: 'now' }),
    named('d', { phase: 'Succeeded', conditions }),
  ]
  assert.equal(readyPods(pods), ['a'])
})

for (const [outcome, lines, expected] of [
  ['prints its port', ['Forwarding from 127.0.0.1:40123 -> 3000'], 40123],
  [
    'fails with a reason',
    ['error: services "x" not found'],
    /cannot forward a port to Service shop\/web: error: services "x" not found/,
  ],
] as const) {
  verify(`kubectl port-forward ${outcome}`, async () => {
    const kubectl = {
      async probe(
        args: readonly string[],
        { onLine, signal }: { onLine?: (line: string, s: 'stdout') => void; signal?: AbortSignal } = {},
      ) {
        assert.ok(args.includes('--address=127.0.0.1') && args.includes('service/web'))
        for (const line of lines) onLine?.(line, 'stdout')
        if (typeof expected === 'number') await new Promise((resolve) => signal?.addEventListener('abort', resolve))
        return { stdout: '', stderr: '', exitCode: 1 }
      },
    } as unknown as Session['kubectl']
    const stop = new AbortController()
    try {
      const found = await startForwarding(
        kubectl,
        { namespace: 'shop', service: 'web', port: 80 },
        { signal: stop.signal },
      )
      assert.is(found.port, expected)
      stop.abort()
      await found.ended
    } catch (error) {
      assert.instance(expected, RegExp, (error as Error).message)
      assert.match((error as PlatformError).message, expected as RegExp)
    }
  })
}

verify.run()
