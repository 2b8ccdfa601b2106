import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  askPermissions,
  drillPermissions,
  missingPermissions,
  permissions,
  reviewManifest,
  reviews,
} from '../src/context/permissions.ts'
import { createKubectl } from '../src/kubernetes/kubectl.ts'
import { fakeRunner } from './fake-runner.ts'

const test = suite('permissions')

interface Sent {
  items: { spec: { resourceAttributes: { resource: string; verb: string; subresource?: string } } }[]
}

const asking = (allowed: (resource: string, verb: string) => boolean) => {
  const runner = fakeRunner((_, { input }) =>
    (JSON.parse(String(input)) as Sent).items
      .map(({ spec: { resourceAttributes: of } }) => `${allowed(of.resource, of.verb)}\n`)
      .join(''),
  )
  return { runner, kubectl: createKubectl({ binary: 'kubectl', runner, cacheDir: '/cache' }) }
}

test('one review for each verb, each asked once', async () => {
  const { kubectl, runner } = asking(() => true)
  const answers = await askPermissions(kubectl)
  assert.is(answers.length, reviews(permissions).length)
  assert.equal(
    answers.map(({ review }) => review),
    reviews(permissions),
  )
  assert.equal(missingPermissions(answers), [])
  assert.ok(runner.commands.every((command) => command.includes('create') && !command.includes('secrets')))
})
test('everything that is missing is reported together, by kind', async () => {
  const { kubectl } = asking(
    (resource, verb) => !(resource === 'secrets' && verb !== 'get') && resource !== 'ingresses',
  )
  const missing = missingPermissions(await askPermissions(kubectl))
  assert.equal(missing, [
    'secrets: list, watch, create, patch, delete, update',
    'ingresses.networking.k8s.io: get, list, watch, create, patch, delete',
  ])
})
test('a subresource is asked for as one', () => {
  assert.equal(reviewManifest({ group: '', resource: 'pods/log', verb: 'get' }), {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { group: '', resource: 'pods', verb: 'get', subresource: 'log' } },
  })
})
for (const [what, wanted, resource, verb] of [
  ['checks ask Services through the API server', permissions, 'services/proxy', 'get'],
  ['the check of alerts asks the receiver that it makes', permissions, 'pods/proxy', 'get'],
  ['a drill silences an alert', drillPermissions, 'services/proxy', 'create'],
  ['a drill takes the silence away', drillPermissions, 'services/proxy', 'delete'],
  ['a fault makes a Node', drillPermissions, 'nodes', 'create'],
  ['and takes it away', drillPermissions, 'nodes', 'delete'],
] as const) {
  test(`${what}: ${verb} of ${resource} is asked for`, () =>
    assert.ok(reviews(wanted).some((each) => each.resource === resource && each.verb === verb)))
}
test('an answer that is not one per question is no permission', async () => {
  const runner = fakeRunner(() => 'true\n')
  const kubectl = createKubectl({ binary: 'kubectl', runner, cacheDir: '/cache' })
  try {
    await askPermissions(kubectl)
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, /answers/)
  }
})

const needed = [
  'namespaces',
  'deployments',
  'daemonsets',
  'statefulsets',
  'services',
  'configmaps',
  'secrets',
  'persistentvolumeclaims',
  'ingresses',
  'ingressclasses',
  'clusterroles',
  'clusterrolebindings',
]
for (const resource of needed) {
  test(`asks whether ${resource} may be created and deleted`, () => {
    const verbs = permissions.find((permission) => permission.resource === resource)?.verbs ?? []
    assert.ok(verbs.includes('create') && verbs.includes('delete'))
  })
}

test.run()
