import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LoadBalancerAnswer, type LoadBalancerEvidence, loadBalancerAnswer } from '../src/context/load-balancer.ts'
import type { ServiceObject } from '../src/kubernetes/objects.ts'

const test = suite('load balancer')
const now = new Date('2026-01-01T12:00:00Z')
const service = (created: string, ip?: string): ServiceObject => ({
  metadata: { name: 'web', namespace: 'shop', creationTimestamp: created },
  spec: { type: 'LoadBalancer' },
  status: { loadBalancer: ip ? { ingress: [{ ip }] } : {} },
})
const workload = (namespace: string, name: string) => ({ metadata: { name, namespace } })
const old = '2026-01-01T10:00:00Z'
const young = '2026-01-01T11:58:00Z'

const rows: [string, Partial<LoadBalancerEvidence>, LoadBalancerAnswer['answer'], RegExp][] = [
  [
    'a Service has an address',
    { services: [service(old, '10.1.1.1')] },
    'yes',
    /shop\/web has the address 10\.1\.1\.1/,
  ],
  ['a Service has waited for hours', { services: [service(old)] }, 'no', /waited/],
  ['a Service was made a moment ago', { services: [service(young)] }, 'unknown', /no trace/],
  ['MetalLB runs', { workloads: [workload('metallb-system', 'controller')] }, 'likely', /MetalLB/],
  ['something else is called controller', { workloads: [workload('shop', 'controller')] }, 'unknown', /no trace/],
  ["k3s' own runs", { workloads: [workload('kube-system', 'svclb-traefik')] }, 'likely', /ServiceLB/],
  [
    'the nodes are of a cloud',
    { nodes: [{ metadata: { name: 'n' }, spec: { providerID: 'aws:///eu/i-1' } }] },
    'likely',
    /aws/,
  ],
  [
    'the nodes are of kind',
    { nodes: [{ metadata: { name: 'n' }, spec: { providerID: 'kind://docker/kind/x' } }] },
    'unknown',
    /no trace/,
  ],
  ['nothing is there', {}, 'unknown', /no trace either way/],
]
for (const [name, evidence, answer, why] of rows) {
  test(`${name}: ${answer}`, () => {
    const found = loadBalancerAnswer({ nodes: [], services: [], workloads: [], now, ...evidence })
    assert.is(found.answer, answer)
    assert.match(found.why, why)
  })
}

test.run()
