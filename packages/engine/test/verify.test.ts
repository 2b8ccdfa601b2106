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
  claimsOf,
  hasSubject,
  checkClaims,
  checkIngresses,
  checkRelease,
  checkWorkloads,
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
/** An object as the manifest has it, and as it is now: `null` for gone. */
const observed = (wanted: Manifest, live: object | null = {}): ObservedObject => ({
  wanted,
  live: live === null ? undefined : { ...wanted, ...live },
  path: '/x',
})
const throws = (work: () => unknown, says: RegExp) =>
  assert.throws(work, ({ message }: Error) => says.test(message) || assert.unreachable(message))

const newest = { revision: 3, status: 'deployed', fingerprint: 'f', changedAt: '', secret: 's', labels: {} } as const
const history = (status: string | undefined) => {
  const revision = status === undefined ? undefined : ({ ...newest, status } as typeof newest)
  return {
    ...{ release: 'shop', namespace: 'shop', pending: undefined, deployed: undefined },
    ...{ revisions: revision ? [revision] : [], newest: revision },
  }
}
for (const [what, status, objects, says] of [
  ['that failed', 'failed', [observed(object('Service'))], /revision 3 is failed/],
  ['that is not installed', undefined, [], /not installed/],
  ['without objects', 'deployed', [], /no objects/],
  ['with an object that is gone', 'deployed', [observed(object('Service'), null)], /not there: Service shop\/web/],
  [
    "with someone else's object",
    'deployed',
    [observed(object('Service'), { metadata: { name: 'web', namespace: 'shop' } })],
    /not of this release: Service/,
  ],
] as const) {
  verify(`a release ${what} is told`, () =>
    throws(() => checkRelease({ history: history(status), objects, chartReplaced: false }, component), says),
  )
}
verify('a release that is deployed, with all of its objects, holds', () => {
  const now = { history: history('deployed'), objects: [observed(object('Service'))], foreign: false }
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
for (const [what, live, pods, says] of [
  ['is gone', null, [], /not there/],
  ['has too few pods', { status: { ...rolledOut, availableReplicas: 1 } }, [], /1 of 2 pods available/],
  ['was scaled down', { spec: { replicas: 0, selector }, status: { observedGeneration: 1 } }, [], /scaled to 0 of 2/],
  ['is not seen by its controller', { status: {} }, [], /not yet seen/],
  ['has a pod in a crash loop', { status: rolledOut }, [pod(looping)], /CrashLoopBackOff: again/],
] as const) {
  verify(`a workload that ${what} is told`, () =>
    throws(() => checkWorkloads([observed(deployment, live)], pods), says),
  )
}
verify('a workload that is rolled out holds; old restarts are told', () => {
  const calm = pod({ phase: 'Running', containerStatuses: [{ name: 'c', ready: true, restartCount: 2 }] })
  const said = checkWorkloads([observed(deployment, { status: rolledOut })], [calm])
  assert.is(said, 'Deployment web; restarts: web-1/c 2×')
})

const claim = (phase: string, metadata = {}) => ({ metadata: { name: 'data', ...metadata }, status: { phase } })
const volumes = (claimName: string) => ({
  spec: { template: { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }] } } },
})
const mounting = object('Deployment', volumes('data'))
for (const [what, live, claims, says] of [
  ['is pending', {}, [claim('Pending')], /data is Pending/],
  ['is gone', {}, [], /data is not there/],
  ['is about to go', {}, [claim('Bound', { deletionTimestamp: 'now' })], /about to be deleted/],
  ['is not the one that a pod is given now', volumes('other'), [claim('Bound')], /other is not there/],
] as const) {
  verify(`a claim that ${what} is told`, () => throws(() => checkClaims([observed(mounting, live)], claims), says))
}
verify('claims are those that a release makes and those that its pods mount', () => {
  const templates = { spec: { replicas: 2, volumeClaimTemplates: [{ metadata: { name: 'data' } }] } }
  const made = { ...object('StatefulSet', templates) }
  assert.equal(claimsOf([observed(made), observed(mounting), observed(object('Service'))]), [
    'data-web-0',
    'data-web-1',
    'data',
  ])
  assert.is(checkClaims([observed(mounting)], [claim('Bound')]), 'data')
})

verify('what a component has nothing of is not asked', () => {
  const asked = (objects: readonly ObservedObject[]) =>
    ['release', 'claims', 'workloads', 'ingresses'].filter((id) => hasSubject(id, objects))
  assert.equal(asked([observed(object('Service'))]), ['release'])
  assert.equal(asked([observed(mounting), observed(object('Ingress'))]), [
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
for (const [what, live, balancer, answer, says] of [
  [
    'has no address, though there is one',
    at(),
    balanced,
    'yes',
    /no ADDRESS: web, though the load balancer has 10\.0\.0\.1/,
  ],
  ['has no address, without an ingress', at(), undefined, 'yes', /no ADDRESS: web, and no ingress is deployed/],
  ['has an address of the past', at('10.0.0.9'), balanced, 'yes', /expected 10\.0\.0\.1: web has 10\.0\.0\.9/],
  ['waits on a cluster without load balancers', at(), service('LoadBalancer'), 'no', /gives no load balancers/],
  ['waits for one that is late', at(), service('LoadBalancer'), 'likely', /is late/],
  ['leads to no load balancer', at('10.0.0.1'), service('ClusterIP'), 'yes', /is of type ClusterIP/],
  ['has a class that nobody has', { spec: { ingressClassName: 'x' }, ...at('10.0.0.1') }, balanced, 'yes', /web \(x\)/],
  ['has no class, and there is no default', { spec: {}, ...at('10.0.0.1') }, balanced, 'yes', /web \(none\)/],
] as const) {
  verify(`an Ingress that ${what} is told`, async () => {
    const balancers = async () => ({ answer, why: 'so' }) as const
    try {
      await checkIngresses([observed(ingress, live)], { service: balancer, classes, balancers })
    } catch (error) {
      return assert.match((error as Error).message, says)
    }
    assert.unreachable()
  })
}
verify("an Ingress with the load balancer's address holds, by name too", async () => {
  const balancers = async () => assert.unreachable() as never
  const named = { status: { loadBalancer: { ingress: [{ hostname: 'lb.example' }] } } }
  const given = { service: { ...balanced, ...named }, classes, balancers }
  assert.is(await checkIngresses([observed(ingress, named)], given), 'web lb.example')
})

const fakeApi = (parts: Partial<Api>): Api => parts as Api
for (const [what, status, tls, expected] of [
  ['an address', { ingress: [{ ip: '10.0.0.1' }] }, false, { host: '10.0.0.1', port: 80 }],
  ['a host name', { ingress: [{ hostname: 'lb.example' }] }, false, { host: 'lb.example', port: 80 }],
  ['TLS', { ingress: [{ ip: '10.0.0.1' }] }, true, { host: '10.0.0.1', port: 443 }],
] as const) {
  verify(`the load balancer is dialled by ${what}`, async () => {
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

verify('a request has the Host header of another name, and a login where one is given', async () => {
  const server = createServer((request, response) => {
    response.writeHead(401, { 'x-seen': request.headers.authorization ?? 'none' }).end(request.headers.host)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const login = { user: 'a', password: 'b:c' }
    const answer = await requestAt({ host: '127.0.0.1', port }, { host: 'shop.example', path: '/' }, { login })
    assert.equal([answer.status, answer.body], [401, 'shop.example'])
    assert.is(answer.headers['x-seen'], `Basic ${Buffer.from('a:b:c').toString('base64')}`)
  } finally {
    server.close()
  }
})

verify(
  'requests that keep connections share one, and get over one that the server has closed; others open their own',
  async () => {
    const sockets = new Set<Socket>()
    const server = createServer((request, response) => {
      sockets.add(request.socket)
      response.end('ok')
      // Not told to the client, which finds out with its next request.
      if (request.url === '/close') response.on('finish', () => request.socket.resetAndDestroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
    const agent = new Agent({ keepAlive: true })
    const ask = (path: string, keepAlive: boolean) =>
      requestAt(address, { host: 'shop.example', path }, { keepAlive }, { agent })
    try {
      for (const path of ['/', '/', '/close']) await ask(path, true)
      assert.is(sockets.size, 1)
      assert.is((await ask('/', true)).body, 'ok')
      assert.is(sockets.size, 2)
      for (const path of ['/', '/']) await ask(path, false)
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
for (const [what, data, expected] of [
  ['a vector', vector('2.5'), [{ labels: { job: 'x' }, value: 2.5 }]],
  ['infinity', vector('+Inf'), [{ labels: { job: 'x' }, value: Number.POSITIVE_INFINITY }]],
  ['a scalar', { resultType: 'scalar', result: [1, '7'] }, [{ labels: {}, value: 7 }]],
  ['nothing', { resultType: 'vector', result: [] }, []],
] as const) {
  verify(`Prometheus answers with ${what}`, async () => {
    assert.equal(await prometheus({ status: 'success', data }).query('x'), expected)
  })
}
verify("a query that Prometheus refuses throws Prometheus' own words", async () => {
  try {
    await prometheus({ status: 'error', error: 'parse error: oops' }, 400).query('(')
  } catch (error) {
    return assert.match((error as Error).message, /parse error: oops/)
  }
  assert.unreachable()
})

/** An API server that keeps what is made. */
function recordingApi() {
  const there = new Map<string, Manifest>()
  const path = ({ kind, metadata }: Pick<Manifest, 'kind' | 'metadata'>) => `${kind}/${metadata.name}`
  let n = 0
  const api = fakeApi({
    async create<T extends Manifest>(made: T) {
      const { generateName } = made.metadata as { generateName?: string }
      n += 1
      const created = { ...made, metadata: { ...made.metadata, name: made.metadata.name ?? `${generateName}${n}` } }
      there.set(path(created), created)
      return created
    },
    pathOf: async (reference) => path(reference),
    delete: async (key) => void there.delete(key),
    find: async () => undefined,
    request: async () => ({ status: 200, headers: {}, body: '{"items":[]}' }),
    async list<T>(collection: string) {
      if (collection.includes('jobs')) throw new ApiError(403, 'Forbidden', 'no')
      return (collection.endsWith('/pods') ? [...there.values()] : []) as T[]
    },
  })
  return { api, there }
}

const scratch = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'probe-' } } as unknown as Manifest

verify('what a check makes is labelled, in its namespace, and gone after it', async () => {
  const { api, there } = recordingApi()
  const objects = temporaryObjects(api, { component, timeoutMs: 1000 })
  const [made] = await objects.create([scratch])
  assert.match(made?.metadata.name ?? '', /^probe-/)
  assert.is(made?.metadata.namespace, 'shop')
  assert.is(made?.metadata.labels?.['platform.local/made-by'], 'verify')
  assert.is(there.size, 1)
  await objects.remove()
  assert.is(there.size, 0)
})

verify('a check may make only what is swept', async () => {
  const { api } = recordingApi()
  const objects = temporaryObjects(api, { component, timeoutMs: 1000 })
  try {
    await objects.create([object('ClusterRole')])
  } catch (error) {
    return assert.match((error as Error).message, /may make ConfigMap, .* not ClusterRole/)
  }
  assert.unreachable()
})

const scope = (api: Api, signal: AbortSignal) => {
  const settings = loadSettings({ env: { HOME: '/home/test' }, root: '/nowhere' })
  const context = { settings, runner: systemRunner, emit: () => {}, signal }
  return { context, component, session: { api, kubectl: {} } as Session, signal, values: {} }
}

verify('what was made is taken away after a failure, and at an abort although the check goes on', async () => {
  const { api, there } = recordingApi()
  const stop = new AbortController()
  const failing = withProofContext(scope(api, stop.signal), async (proof) => {
    await proof.temporary(scratch)
    throw new Error('as told')
  })
  await failing.catch(({ message }) => assert.is(message, 'as told'))
  assert.is(there.size, 0)
  const closings: Promise<void>[] = []
  const onClose = (closed: Promise<void>) => void closings.push(closed)
  const hanging = withProofContext({ ...scope(api, stop.signal), onClose }, async (proof) => {
    await proof.temporary(scratch)
    stop.abort(new Error('enough'))
    await Promise.all(closings)
    assert.is(there.size, 0)
    await proof.temporary(scratch).catch(({ message }) => assert.match(message, /time of the check is over/))
    assert.is(there.size, 0)
  })
  await hanging
})

const marks = (until: string, owner: string) => ({
  metadata: { name: 'x', annotations: { 'platform.local/until': until, 'platform.local/owner': owner } },
})
const soon = new Date(Date.now() + 60_000).toISOString()
verify('leftovers: what is over, and what a dead process of this machine made; no one else’s', async () => {
  const { api, there } = recordingApi()
  await temporaryObjects(api, { component, timeoutMs: 60_000 }).create([scratch])
  const [mine] = [...there.values()]
  assert.ok(mine)
  assert.not(isLeftover(mine, Date.now()))
  assert.ok(isLeftover(mine, Date.now() + 600_000), 'its time is over')
  assert.ok(
    isLeftover(mine, Date.now(), () => false),
    'its process has died',
  )
  assert.not(isLeftover(marks(soon, 'elsewhere/1/x'), Date.now(), () => false))
  assert.ok(isLeftover({ metadata: { name: 'x' } }, Date.now()))
  assert.equal(await sweepLeftovers(api, 'shop'), [])
  there.set('Pod/old', { ...object('Pod'), ...marks('2020-01-01T00:00:00Z', 'elsewhere/1/x') })
  there.get('Pod/old')
  assert.is((await sweepLeftovers(api, 'shop')).length, 1)
})

verify('what is waited for in vain is named', async () => {
  try {
    await pollUntil('the moon', async () => undefined, { everyMs: 5, signal: AbortSignal.timeout(30) })
  } catch (error) {
    return assert.is((error as Error).message, 'waited for the moon')
  }
  assert.unreachable()
})

verify('ready pods are those that run, are ready, and stay', () => {
  const conditions = [{ type: 'Ready', status: 'True' }]
  const named = (name: string, status: PodWithDeletion['status'], metadata = {}) => ({ metadata: { name, ...metadata }, status })
  const pods = [
    named('a', { phase: 'Running', conditions }),
    named('b', { phase: 'Running' }),
    named('c', { phase: 'Running', conditions }, { deletionTimestamp: 'now' }),
    named('d', { phase: 'Succeeded', conditions }),
  ]
  assert.equal(readyPods(pods), ['a'])
})

for (const [what, lines, expected] of [
  ['says which port it took', ['Forwarding from 127.0.0.1:40123 -> 3000'], 40123],
  [
    'ends with a reason',
    ['error: services "x" not found'],
    /no way to Service shop\/web: error: services "x" not found/,
  ],
] as const) {
  verify(`a port is forwarded by kubectl, which ${what}`, async () => {
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
