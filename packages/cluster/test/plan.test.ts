import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Observed, planDown, planUp } from '../src/embedded/plan.ts'

const test = suite('plan of the embedded cluster')
const good: Observed = { missingUnits: [], node: 'running', addons: [], unready: [], address: 'ingress on x' }

const ups: [name: string, seen: Partial<Observed>, steps: string[]][] = [
  ['nothing is to be done', {}, []],
  [
    'nothing is there',
    { node: 'absent', missingUnits: ['kubectl', 'etcd'], addons: undefined, unready: undefined },
    ['build the toolchain', 'create the node', 'create the addons: CoreDNS and the StorageClass standard'],
  ],
  ['nothing is written down of before', { inventory: false }, ['create the inventory of the cluster']],
  ['it is stopped', { node: 'stopped', addons: undefined, unready: undefined }, ['start the node']],
  ['somebody else starts it', { node: 'starting', addons: undefined, unready: undefined }, ['start the node']],
  ['its settings are others', { nodeChanges: ['INGRESS_PORT: 8080, wanted 9000'] }, ['update the node']],
  [
    'an addon is missing',
    { addons: [{ object: 'StorageClass standard', fields: [] }] },
    ['create StorageClass standard'],
  ],
  [
    'an addon was edited',
    { addons: [{ object: 'ConfigMap kube-system/coredns', fields: ['data.Corefile: "x", wanted "y"'] }] },
    ['update ConfigMap kube-system/coredns'],
  ],
  ['CoreDNS fails', { unready: ['CoreDNS: CrashLoopBackOff'] }, ['start what is not ready']],
]
for (const [name, seen, steps] of ups) {
  test(`up: ${name}`, () => {
    const plan = planUp({ ...good, ...seen })
    assert.equal(
      plan.steps.map(({ action, subject }) => `${action} ${subject}`),
      steps,
    )
    const implied = 'the addons: CoreDNS and the StorageClass standard'
    for (const { subject, detail } of plan.steps) if (subject !== implied) assert.ok(detail, `${subject} has no reason`)
  })
}
test('the reason names what is missing', () =>
  assert.match(planUp({ ...good, missingUnits: ['kubectl', 'etcd'] }).steps[0]?.detail ?? '', /kubectl, etcd/))
test('a cluster that is not ready is not called ready', () => {
  assert.is(planUp(good).state, 'running, ready, ingress on x')
  assert.is(planUp({ ...good, unready: ['CoreDNS'] }).state, 'running, ingress on x')
})

const downs: [string, Observed['node'], boolean, string[]][] = [
  ['running', 'running', false, ['stop the node']],
  ['running, with its data', 'running', true, ['stop the node', "delete the cluster's state: /dir"]],
  ['stopped', 'stopped', false, []],
  ['stopped, with its data', 'stopped', true, ["delete the cluster's state: /dir"]],
  ['absent, with its data', 'absent', true, []],
  ['starting', 'starting', false, ['stop the node']],
]
for (const [name, node, purge, steps] of downs) {
  test(`down: ${name}`, () =>
    assert.equal(
      planDown({ node }, purge, '/dir').steps.map(({ action, subject }) => `${action} ${subject}`),
      steps,
    ))
}

for (const node of ['stopped', 'absent'] as const) {
  test(`down: ${node}, and a killed node left something`, () => {
    const { steps } = planDown(
      { node, leftovers: ['link node-1', 'cgroups /sys/fs/cgroup/observable-1'] },
      false,
      '/dir',
    )
    assert.equal(steps, [
      {
        action: 'delete',
        subject: 'leftovers of a killed node',
        detail: 'link node-1\ncgroups /sys/fs/cgroup/observable-1',
      },
    ])
  })
}

test.run()
