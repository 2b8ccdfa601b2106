import type { PodObject } from '@platform/cluster'
import { type Intent, PlatformError, type UnitPlan } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareObjects } from '../src/diff/compare.ts'
import { describeDifference, lineDifference, pathText } from '../src/diff/describe.ts'
import { objectStep } from '../src/diff/drift.ts'
import { addedFields } from '../src/diff/managed-fields.ts'
import { parseQuantity } from '../src/diff/quantity.ts'
import type { LiveObject, ObservedObject } from '../src/diff/types.ts'
import { hostPorts } from '../src/plan/conflicts.ts'
import { planComponent } from '../src/plan/plan-component.ts'
import { downSteps } from '../src/plan/plan-down.ts'
import { plansBlind } from '../src/plan/plan-unit.ts'
import type { Desired, Observed } from '../src/plan/types.ts'
import { historyOf } from '../src/release/history.ts'
import { parseManifest } from '../src/release/manifest.ts'
import type { ReleaseRecord } from '../src/release/types.ts'

const test = suite('plan')

const deployment = (spec: object = {}, container: object = {}): LiveObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'probe',
    annotations: { 'meta.helm.sh/release-name': 'probe-release', 'meta.helm.sh/release-namespace': 'probe' },
  },
  spec: { replicas: 1, template: { spec: { containers: [{ name: 'server', image: 'a:1', ...container }] } }, ...spec },
})
const lines = (wanted: LiveObject, live: LiveObject) =>
  compareObjects(wanted, live).map((each) => describeDifference(wanted.kind, each))
const secret = (data: object, kind = 'Secret'): LiveObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x', namespace: 'probe' },
  data,
})

const same: readonly [string, LiveObject, LiveObject][] = [
  [
    'what the API server fills in',
    deployment(),
    deployment({ strategy: { type: 'Recreate' } }, { imagePullPolicy: 'Always' }),
  ],
  [
    'a quantity said otherwise',
    deployment({}, { resources: { limits: { cpu: '1000m', memory: '1Gi' } } }),
    deployment({}, { resources: { limits: { cpu: '1', memory: '1024Mi' } } }),
  ],
  [
    'a number for a quantity',
    deployment({}, { resources: { limits: { cpu: 2 } } }),
    deployment({}, { resources: { limits: { cpu: '2' } } }),
  ],
  ['what says nothing', deployment({}, { env: [], securityContext: {}, stdin: false, args: null }), deployment()],
  [
    'a port without its protocol',
    deployment({}, { ports: [{ containerPort: 80 }] }),
    deployment({}, { ports: [{ containerPort: 80, protocol: 'TCP' }] }),
  ],
  [
    'another order of named items',
    deployment(
      {},
      {
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
      },
    ),
    deployment(
      {},
      {
        env: [
          { name: 'B', value: '2' },
          { name: 'A', value: '1' },
        ],
      },
    ),
  ],
  ['text that is stored encoded', { ...secret({}), stringData: { a: 'x' } }, secret({ a: 'eA==' })],
]
for (const [what, wanted, live] of same) {
  test(`no difference: ${what}`, () => assert.equal(lines(wanted, live), []))
}

test('a Secret whose manifest has plain text does not change by itself, and says what goes when its manifest has less', () => {
  const plain = (texts: object): LiveObject => {
    const { data: _, ...rest } = secret({})
    return { ...rest, stringData: texts }
  }
  const [both, one] = [plain({ a: 'x', b: 'y' }), plain({ a: 'x' })]
  const live = secret({ a: 'eA==', b: 'eQ==' })
  assert.is(objectStep({ wanted: both, live, path: '' }, both), undefined)
  assert.is(objectStep({ wanted: one, live, path: '' }, both)?.detail, 'data.b: is not in the chart, value not shown')
})

const other: readonly [string, LiveObject, LiveObject, readonly string[]][] = [
  ['a scaled workload', deployment(), deployment({ replicas: 3 }), ['spec.replicas: 3 → 1']],
  [
    'another image',
    deployment(),
    deployment({}, { image: 'b:2' }),
    ['spec.template.spec.containers[name=server].image: "b:2" → "a:1"'],
  ],
  [
    'a field that was deleted',
    deployment({}, { workingDir: '/x' }),
    deployment(),
    ['spec.template.spec.containers[name=server].workingDir: nothing → "/x"'],
  ],
  [
    'a quantity',
    deployment({}, { resources: { limits: { memory: '64Mi' } } }),
    deployment({}, { resources: { limits: { memory: '64M' } } }),
    ['spec.template.spec.containers[name=server].resources.limits.memory: "64M" → "64Mi"'],
  ],
  [
    'a list that is one value',
    deployment({}, { command: ['a', 'b'] }),
    deployment({}, { command: ['a'] }),
    ['spec.template.spec.containers[name=server].command: ["a"] → ["a","b"]'],
  ],
  [
    'an item of such a list',
    deployment({}, { command: ['a', 'b'] }),
    deployment({}, { command: ['a', 'c'] }),
    ['spec.template.spec.containers[name=server].command[1]: "c" → "b"'],
  ],
  [
    'a named item that is gone',
    deployment({}, { env: [{ name: 'A', value: '1' }] }),
    deployment(),
    ['spec.template.spec.containers[name=server].env: nothing → [{"name":"A","value":"1"}]'],
  ],
  [
    'a Secret, without its values',
    secret({ a: 'geheim', b: 'geheim' }),
    secret({ a: 'anders' }),
    ['data.a: differs, values not shown', 'data.b: is missing, value not shown'],
  ],
  [
    'a text of lines',
    secret({ f: 'a\nb\nc\n' }, 'ConfigMap'),
    secret({ f: 'a\nx\nc\n' }, 'ConfigMap'),
    ['data.f:\n    a\n  - x\n  + b\n    c'],
  ],
]
for (const [what, wanted, live, expected] of other) {
  test(`a difference: ${what}`, () => assert.equal(lines(wanted, live), expected))
}

const managed = (live: LiveObject, fieldsV1: object, manager = 'kubectl-edit', subresource?: string): LiveObject => ({
  ...live,
  metadata: {
    ...live.metadata,
    managedFields: [{ manager, subresource, fieldsV1: fieldsV1 as Record<string, unknown> }],
  },
})
const container = (fields: object) => ({
  'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"server"}': fields } } } },
})
const probeFields = { 'f:livenessProbe': { '.': {}, 'f:httpGet': { '.': {}, 'f:port': {} } } }
const withProbe = deployment({}, { livenessProbe: { httpGet: { port: 80 }, periodSeconds: 10 } })
const labelled: LiveObject = { ...deployment(), metadata: { ...deployment().metadata, labels: { a: 'b' } } }

const added: readonly [string, LiveObject, readonly string[]][] = [
  ['a label', managed(labelled, { 'f:metadata': { 'f:labels': { 'f:a': {} } } }), ['/metadata/labels/a']],
  [
    'a probe, as a whole',
    managed(withProbe, container(probeFields)),
    ['/spec/template/spec/containers/0/livenessProbe'],
  ],
  [
    'a container',
    managed(deployment({ template: { spec: { containers: [{ name: 'server', image: 'a:1' }, { name: 'spy' }] } } }), {
      'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"spy"}': { '.': {}, 'f:name': {} } } } } },
    }),
    ['/spec/template/spec/containers/1'],
  ],
  [
    'nothing of what the manifest sets',
    managed(deployment({ replicas: 3 }), { 'f:spec': { 'f:replicas': {} } }, 'kubectl', 'scale'),
    [],
  ],
  [
    'nothing of a controller',
    managed(labelled, { 'f:metadata': { 'f:labels': { 'f:a': {} } } }, 'kube-controller-manager'),
    [],
  ],
  ['nothing of Helm', managed(labelled, { 'f:metadata': { 'f:labels': { 'f:a': {} } } }, 'helm'), []],
  [
    'nothing of the status',
    managed({ ...deployment(), status: { x: 1 } }, { 'f:status': { 'f:x': {} } }, 'kubectl-edit', 'status'),
    [],
  ],
  ['nothing that is gone again', managed(deployment(), { 'f:metadata': { 'f:labels': { 'f:a': {} } } }), []],
  [
    'no restart',
    managed(
      {
        ...deployment(),
        metadata: { ...deployment().metadata, annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } },
      },
      { 'f:metadata': { 'f:annotations': { 'f:kubectl.kubernetes.io/restartedAt': {} } } },
      'kubectl-rollout',
    ),
    [],
  ],
]
for (const [what, live, pointers] of added) {
  test(`added by hand: ${what}`, () => {
    const fields = addedFields(deployment(), live)
    assert.equal(
      fields.map(({ pointer }) => pointer),
      pointers,
    )
  })
}
test('a pointer escapes what JSON pointers do not take', () => {
  const live = { ...deployment(), metadata: { ...deployment().metadata, labels: { 'a.b/c': '1' } } }
  const [field] = addedFields(deployment(), managed(live, { 'f:metadata': { 'f:labels': { 'f:a.b/c': {} } } }))
  assert.is(field?.pointer, '/metadata/labels/a.b~1c')
  assert.is(pathText(field?.path ?? []), 'metadata.labels["a.b/c"]')
})

const chart = { name: 'probe', version: '0.1.0', values: {} }
const labels = (status: string, version = '1', fingerprint: string | undefined = 'same') => ({
  metadata: {
    name: `sh.helm.release.v1.probe-release.v${version}`,
    labels: { status, version, modifiedAt: '1000', ...(fingerprint && { 'platform.local/fingerprint': fingerprint }) },
  },
})
const place = { release: 'probe-release', namespace: 'probe' }
const history = (...secrets: ReturnType<typeof labels>[]) => historyOf(place, secrets, 1_030_000)
const recordOf = (of: Observed['history']): ReleaseRecord | undefined =>
  of.newest && { ...of.newest, chart, config: {}, manifest: '', hooks: [] }
const at = (wanted: LiveObject, live: LiveObject | undefined): ObservedObject => ({ wanted, live, path: '/x' })
const observed = (changes: Partial<Observed> = {}, of = history(labels('deployed'))): Observed => ({
  ...{ namespaceExists: true, history: of, record: recordOf(of), objects: [at(deployment(), deployment())] },
  ...{ secrets: [], foreignSecrets: [], unready: [], otherPods: [], ...changes },
})
const desired = (objects?: readonly ObservedObject[]): Desired => ({
  ...place,
  ...{ name: 'probe', fingerprint: 'same', chart: { kind: 'own', path: '/chart' } },
  rendered: objects && {
    objects,
    command: ['helm', 'upgrade'],
    release: { fingerprint: 'same', chart: { kind: 'own', path: '/chart' }, values: {}, overlays: [] },
  },
})
const steps = ({ steps: all }: UnitPlan) =>
  all.map(({ action, subject, detail }) => `${action} ${subject}${detail ? `: ${detail}` : ''}`)
const refused = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    assert.instance(error, PlatformError)
    assert.is((error as PlatformError).exitCode, 2)
    return (error as PlatformError).message
  }
  throw new Error('it was not refused')
}

test('nothing differs: no step, and the state says what is there', () => {
  assert.equal(planComponent(desired(), observed()), {
    state: 'installed, probe 0.1.0, revision 1, ready',
    steps: [],
  })
})
test('drift: what was deleted, scaled and added is named', () => {
  const objects = [
    at(deployment(), undefined),
    at(deployment(), managed(labelled, { 'f:metadata': { 'f:labels': { 'f:a': {} } } })),
  ]
  assert.equal(steps(planComponent(desired(), observed({ objects }))), [
    'create Deployment probe/web: it was deleted',
    'update Deployment probe/web: metadata.labels.a: "b" → nothing (added by kubectl-edit)',
  ])
})
test('not installed: everything is made, with the command', () => {
  const none = history()
  const plan = planComponent(
    desired([at(deployment(), undefined)]),
    observed({ namespaceExists: false, objects: [] }, none),
  )
  assert.equal(steps(plan), [
    'create release probe/probe-release: not installed',
    'create Namespace probe',
    'create Deployment probe/web',
  ])
  assert.equal(plan.steps[0]?.commands, [['helm', 'upgrade']])
  assert.is(plan.state, 'not installed')
})
test('changed: each object against what is there, what the chart no longer sets and has', () => {
  const before = deployment({}, { workingDir: '/x' })
  const gone: LiveObject = { ...deployment(), kind: 'DaemonSet' }
  const plan = planComponent(
    desired([at(deployment({ replicas: 2 }), before)]),
    observed({ objects: [at(before, before), at(gone, gone)] }),
  )
  assert.equal(steps(plan).slice(1), [
    'update Deployment probe/web: spec.replicas: 1 → 2\nspec.template.spec.containers[name=server].workingDir: "/x" → nothing',
    'delete DaemonSet probe/web: no longer in the chart',
  ])
})
test('changed in what no object shows: the release alone', () => {
  assert.equal(
    steps(
      planComponent(desired([at(deployment(), deployment())]), observed({}, history(labels('deployed', '1', 'old')))),
    ),
    ['update release probe/probe-release: its chart, values or images have changed; no object differs'],
  )
})
test('a release that a dead run left pending is a step that says so', () => {
  const pending = history(labels('deployed'), labels('pending-upgrade', '2'))
  const [first] = steps(planComponent(desired([at(deployment(), deployment())]), observed({}, pending)))
  assert.match(first ?? '', /pending-upgrade for 30 s \(revision 2\)/)
  assert.is(pending.deployed?.revision, 1)
})
test('a failed upgrade is tried again', () => {
  const failed = history(labels('deployed'), labels('failed', '2'))
  assert.equal(steps(planComponent(desired([]), observed({ objects: [] }, failed))), [
    'update release probe/probe-release: its newest revision 2 is failed; no object differs',
  ])
})
test('not ready though nothing differs: waited for', () => {
  assert.equal(steps(planComponent(desired(), observed({ unready: ['Deployment probe/web: 0 of 1'] }))), [
    'start workloads that are not ready: Deployment probe/web: 0 of 1',
  ])
})
test('Secrets by their keys, never by their values', () => {
  const definition = { name: 's', keys: {} }
  const secrets: Observed['secrets'] = [
    {
      ...{ definition, data: { a: 'geheim', b: 'neu' }, stored: { a: 'alt', c: 'weg' } },
      ...{ changed: ['a'], edited: [], differs: true, toGenerate: [], stale: [] },
    },
    {
      ...{ definition, data: { a: 'geheim' }, stored: undefined, changed: [], edited: [] },
      ...{ toGenerate: ['made'], differs: true, stale: [] },
    },
    {
      ...{ definition, data: { a: 'geheim' }, stored: { a: 'geheim' } },
      ...{ changed: ['a'], edited: ['a'], differs: true, toGenerate: [], stale: [] },
    },
    {
      ...{ definition, data: { a: 'geheim' }, stored: { a: 'geheim' } },
      ...{ changed: [], edited: [], differs: false, toGenerate: [], stale: [{ name: 'web-1', uid: 'u' }] },
    },
  ]
  assert.equal(steps(planComponent(desired(), observed({ secrets }))), [
    'update Secret probe/s: keys to add: b; keys to change: a; keys to remove: c; values not shown',
    'create Secret probe/s: keys a, made; values not shown',
    'update Secret probe/s: edited by hand, to be applied to the running server: a; values not shown',
    'update pods in probe: they use an older Secret s: web-1',
  ])
})
test('what is not ours is named all together, and refused', () => {
  const foreign: LiveObject = { ...deployment(), metadata: { name: 'web', namespace: 'probe' } }
  const ingressClass: LiveObject = {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass' },
    metadata: {
      name: 'traefik',
      annotations: { 'meta.helm.sh/release-name': 'traefik', 'meta.helm.sh/release-namespace': 'kube-system' },
    },
  }
  const withPort = deployment({}, { ports: [{ containerPort: 80, hostPort: 8080 }] })
  const pod = (name: string, fields: object) =>
    ({ metadata: { name, namespace: 'theirs' }, spec: { nodeName: 'n1', ...fields } }) as unknown as PodObject
  const otherPods = [
    pod('host', { hostNetwork: true, containers: [{ ports: [{ containerPort: 8080 }] }] }),
    pod('udp', { containers: [{ ports: [{ containerPort: 8080, hostPort: 8080, protocol: 'UDP' }] }] }),
  ]
  const objects = [
    at(withPort, foreign),
    at(ingressClass, ingressClass),
    { wanted: { ...deployment(), kind: 'Odd' }, live: undefined, path: undefined },
  ]
  const message = refused(() =>
    planComponent(desired(objects), observed({ otherPods, foreignSecrets: ['s'], objects: [] }, history())),
  )
  assert.match(message, /Secret probe\/s: exists and is not managed by the platform/)
  assert.match(message, /Deployment probe\/web: exists, not managed by the platform/)
  assert.match(message, /IngressClass traefik: exists, of the Helm release kube-system\/traefik/)
  assert.match(message, /Odd probe\/web: the cluster does not serve Odd of apps\/v1/)
  assert.match(message, /port 8080\/TCP on node n1 for Deployment probe\/web: in use by pod theirs\/host/)
  assert.not.match(message, /theirs\/udp/)
})
test('a release of our name that someone else installed is refused', () => {
  const theirs = history(labels('deployed', '1', ''))
  assert.match(
    refused(() => planComponent(desired([]), observed({}, theirs))),
    /Helm release probe\/probe-release: not installed by the platform/,
  )
})
test("another chart's state says what can't be promised", () => {
  const { state } = planComponent({ ...desired(), chart: { kind: 'path', path: '/x' } }, observed())
  assert.match(state, /replaced chart: its Secrets are in Helm's release/)
})

const belongings = {
  history: history(labels('deployed')),
  objects: [deployment(), { ...deployment(), kind: 'PersistentVolumeClaim' }],
  volumes: [{ claim: 'data', size: '1Gi', volumeName: 'pvc-1' }],
  secrets: [
    { name: 'opens', opens: ['data'] },
    { name: 'plain', opens: [] },
  ],
}
test('down keeps volumes and what opens them, and says so', () => {
  const plan = { state: '', steps: downSteps(place, belongings, false, []) }
  assert.equal(steps(plan), [
    'delete release probe/probe-release: Deployment probe/web\nvolumes are kept: data (1Gi)\nSecrets that open them are kept: opens',
    'delete Secret probe/plain',
  ])
})
test('down --purge deletes volumes by their names', () => {
  const plan = { state: '', steps: downSteps(place, { ...belongings, history: history() }, true, []) }
  assert.equal(steps(plan), [
    'delete PersistentVolumeClaim probe/data: with its data: 1Gi, volume pvc-1',
    'delete Secret probe/opens',
    'delete Secret probe/plain',
  ])
})

test("Helm's YAML is read as Helm reads it", () => {
  const [object] = parseManifest('# x\n---\nkind: A\nmode: 0755\non: yes\ntime: 12:30:45\nday: 2020-01-01\n---\n')
  assert.equal(object, { kind: 'A', mode: 493, true: true, time: '12:30:45', day: '2020-01-01' })
})
test('quantities', () => {
  for (const [a, b] of [
    ['100m', '0.1'],
    ['1Gi', '1024Mi'],
    ['1k', '1000'],
    ['1e3', '1000'],
  ]) {
    assert.is(parseQuantity(a), parseQuantity(b))
  }
  assert.is(parseQuantity('a'), undefined)
})
test('a pod on the network of its node takes all of its ports', () => {
  assert.equal(hostPorts({ hostNetwork: true, containers: [{ ports: [{ containerPort: 1 }] }] }), [
    { port: 1, protocol: 'TCP' },
  ])
})
test('lines that are the same in between are left out', () => {
  assert.equal(lineDifference('a\n1\n2\n3\n4\n5\nz', 'b\n1\n2\n3\n4\n5\ny'), [
    '- a',
    '+ b',
    '  1',
    '  …',
    '  5',
    '- z',
    '+ y',
  ])
})
test('a long value and many lines are told whole: programs read them too', () => {
  const difference = (live: unknown, wanted: unknown) => describeDifference('X', { path: ['a'], live, wanted })
  const [before, after] = [Array.from({ length: 400 }, (_, i) => i), { x: 'y'.repeat(500) }]
  assert.is(difference(before, after), `a: ${JSON.stringify(before)} → ${JSON.stringify(after)}`)
  assert.is(lineDifference('', Array.from({ length: 300 }, (_, i) => `${i}`).join('\n')).length, 301)
})
const down = (purge: boolean, named: boolean): Intent => ({ verb: 'down', purge, named })
const stalls = new PlatformError('API_UNREACHABLE', '')
const stopped = new PlatformError('CLUSTER_NOT_RUNNING', '')
const blind: [string, PlatformError, Intent, 'embedded' | 'context', string, boolean][] = [
  ['`up` of a stopped node', stopped, { verb: 'up' }, 'embedded', '/', true],
  ['`up` while nothing answers', stalls, { verb: 'up' }, 'context', '/', true],
  ['`down all` of a node that stalls', stalls, down(true, false), 'embedded', '/', true],
  ['`down <name>` of a node that stalls', stalls, down(false, true), 'embedded', '/', false],
  ['`down all` of a context that stalls', stalls, down(true, false), 'context', '/', false],
  ['`down all --purge` of a stopped node', stopped, down(true, false), 'embedded', '/', true],
  ['`down <name>` of a stopped node', stopped, down(false, true), 'embedded', '/', true],
  ['`down <name> --purge` of a stopped node, which has the volume', stopped, down(true, true), 'embedded', '/', false],
  ['`down <name> --purge` where there is no node', stopped, down(true, true), 'embedded', '/nowhere', true],
  ['any other error', new PlatformError('CLUSTER_MISMATCH', ''), down(false, false), 'embedded', '/', false],
]
for (const [what, error, intent, TARGET, clusterDir, expected] of blind) {
  test(`${what} is ${expected ? 'planned without the cluster' : 'an error'}`, () =>
    assert.is(plansBlind(error, intent, { TARGET, clusterDir }), expected))
}
test('long lines are told where they differ', () => {
  const line = (word: string) => `${'x'.repeat(300)}${word}${'y'.repeat(300)}`
  const [gone, come] = lineDifference(line('old'), line('new'))
  assert.is(gone, `- …${'x'.repeat(40)}old${'y'.repeat(40)}…`)
  assert.is(come, `+ …${'x'.repeat(40)}new${'y'.repeat(40)}…`)
})
test.run()
