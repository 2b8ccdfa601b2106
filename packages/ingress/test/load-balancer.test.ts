import type { ProofContext } from '@platform/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadBalancer } from '../src/checks/load-balancer.ts'

const test = suite('the check of the load balancer')

const longAgo = '2020-01-01T00:00:00Z'
const service = (more: object = {}) => ({
  metadata: { name: 'traefik-ingress', namespace: 'kube-system', creationTimestamp: longAgo },
  spec: { type: 'LoadBalancer' },
  ...more,
})
const withAddress = (ingress: object) => service({ status: { loadBalancer: { ingress: [ingress] } } })

/** A cluster with this Service, and with other evidence of a load balancer controller. */
function cluster(own: object, lists: { events?: object[]; services?: object[]; nodes?: object[] } = {}): ProofContext {
  const { events = [], services = [], nodes = [] } = lists
  const ofPath = (path: string) => (path.endsWith('/events') ? events : path.endsWith('/nodes') ? nodes : services)
  const fake = {
    signal: new AbortController().signal,
    api: { get: async () => own, list: async (path: string) => ofPath(path) },
    ingress: async () => ({ status: 404, headers: {}, body: '' }),
  }
  return fake as unknown as ProofContext
}

const fine: [string, object, string][] = [
  ['an address', withAddress({ ip: '192.0.2.1' }), '192.0.2.1 (HTTP 404)'],
  ['a host name, as from a cloud', withAddress({ hostname: 'lb.example.com' }), 'lb.example.com (HTTP 404)'],
]
for (const [what, own, expected] of fine) {
  test(`${what} is reported`, async () => assert.is(await loadBalancer.run(cluster(own)), expected))
}

const wrong: [string, ProofContext, RegExp][] = [
  ['reports a cluster without a load balancer controller', cluster(service()), /no sign of a load balancer controller/],
  [
    'ignores a node without a cloud provider',
    cluster(service(), { nodes: [{ metadata: { name: 'a' }, spec: { providerID: 'kind://docker/a' } }] }),
    /no sign of a load balancer controller/,
  ],
  [
    "one that is late is reported with its giver's last words",
    cluster(service(), {
      events: [
        { metadata: { name: 'b' }, reason: 'SyncLoadBalancerFailed', message: 'quota', lastTimestamp: '2020-01-02' },
        { metadata: { name: 'a' }, reason: 'EnsuringLoadBalancer', message: 'soon', lastTimestamp: '2020-01-01' },
      ],
    }),
    /is slow: SyncLoadBalancerFailed: quota/,
  ],
  [
    'a finalizer is a sign',
    cluster(service({ metadata: { name: 'x', creationTimestamp: longAgo, finalizers: ['service.kubernetes.io/lb'] } })),
    /is slow: the Service has the finalizers service.kubernetes.io\/lb/,
  ],
  [
    "another Service's address is a sign",
    cluster(service(), {
      services: [{ ...withAddress({ ip: '192.0.2.9' }), metadata: { name: 'o', namespace: 'n' } }],
    }),
    /is slow: Service n\/o has 192.0.2.9/,
  ],
  [
    "a cloud's node is a sign",
    cluster(service(), { nodes: [{ metadata: { name: 'a' }, spec: { providerID: 'aws:///eu-1/i-1' } }] }),
    /is slow: its nodes run on aws/,
  ],
  ['reports a Service of another type', cluster(service({ spec: { type: 'ClusterIP' } })), /has the type ClusterIP/],
]
for (const [what, context, expected] of wrong) {
  test(what, async () => {
    const said = await loadBalancer.run(context).catch((error: Error) => error.message)
    assert.match(said, expected)
  })
}

test.run()
