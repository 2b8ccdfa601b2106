import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PlatformError } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requireBinding } from '../src/context/bound-context.ts'
import { contextTarget } from '../src/context/context-target.ts'
import { findHelm, findKubectl, fittingKubectl, type ToolSources } from '../src/context/tools.ts'
import { parseVersion } from '../src/kubernetes/version.ts'
import { type Answer, fakeRunner } from './fake-runner.ts'
import { testSettings } from './settings.ts'

const test = suite('context target')
const settings = testSettings({ TARGET: 'context', KUBE_CONTEXT: 'prod', CLUSTER_UID: 'uid-1' })
const bare: ToolSources = { find: (name) => `/usr/bin/${name}`, build: async (unit) => `/built/${unit}` }

/** A cluster that answers; `overrides` first. */
const cluster =
  (overrides: Answer = () => undefined): Answer =>
  (command, options) => {
    const said = overrides(command, options)
    if (said !== undefined) return said
    const line = command.join(' ')
    if (line.includes('version --client')) return '{"clientVersion":{"gitVersion":"v1.36.1"}}'
    if (line.includes('get namespace kube-system')) return 'uid-1'
    if (line.includes('--raw /version')) return '{"gitVersion":"v1.37.2"}'
    if (line.includes('create --validate=false')) return 'true\n'.repeat(JSON.parse(String(options.input)).items.length)
    if (line.includes(' get ')) return '{"items":[]}'
    return undefined
  }
const target = (answer: Answer, of = settings) => {
  const runner = fakeRunner(answer)
  return { runner, target: contextTarget(of, { runner, emit: () => {} }, bare) }
}
/** The same, with an inventory of the cluster at hand. */
const stateDir = mkdtempSync(join(tmpdir(), 'context-target-'))
const known = testSettings({ TARGET: 'context', KUBE_CONTEXT: 'prod', CLUSTER_UID: 'uid-1', STATE_DIR: stateDir })
mkdirSync(join(stateDir, 'context-uid-1'))
writeFileSync(join(stateDir, 'context-uid-1', 'inventory.json'), '{"takenAt":"","entries":[],"unread":[]}')
test.after(() => rmSync(stateDir, { recursive: true }))
const failure = async (work: Promise<unknown>): Promise<PlatformError> => {
  try {
    await work
  } catch (error) {
    if (error instanceof PlatformError) return error
    throw error
  }
  return assert.unreachable('it should have failed') as never
}

const unbound: [Record<string, string>, RegExp][] = [
  [{}, /needs KUBE_CONTEXT and CLUSTER_UID/],
  [{ KUBE_CONTEXT: 'prod' }, /needs CLUSTER_UID/],
  [{ CLUSTER_UID: 'uid-1' }, /needs KUBE_CONTEXT/],
]
for (const [env, expected] of unbound) {
  test(`with ${Object.keys(env).join() || 'nothing'} bound it is refused: ${expected.source}`, () => {
    try {
      requireBinding(testSettings({ TARGET: 'context', ...env }))
      assert.unreachable()
    } catch (error) {
      assert.instance(error, PlatformError)
      assert.is((error as PlatformError).exitCode, 2)
      assert.match((error as PlatformError).message, expected)
    }
  })
}
test('another UID is refused before anything else is read', async () => {
  const { target: other, runner } = target(cluster((c) => (c.includes('namespace') ? 'uid-2' : undefined)))
  for (const work of [() => other.plan({ verb: 'up' }), other.up, other.verify, other.access]) {
    runner.commands.length = 0
    const error = await failure(work() as Promise<unknown>)
    assert.is(error.code, 'CLUSTER_MISMATCH')
    assert.is(error.exitCode, 2)
    const asked = runner.commands.filter((command) => !command.includes('version --client'))
    assert.is(asked.length, 1, asked.join('\n'))
    assert.match(asked[0] ?? '', /--context prod get namespace kube-system/)
  }
})
test('a cluster that does not answer is said to, with its own words', async () => {
  const refused = { exitCode: 1, stderr: 'E1 retry\nThe connection to the server 10.1.1.1 was refused' }
  const error = await failure(target(cluster((c) => (c.includes('namespace') ? refused : undefined))).target.up())
  assert.is(error.code, 'CLUSTER_UNREACHABLE')
  assert.match(error.message, /10\.1\.1\.1 was refused/)
})
test('everything that is missing is one error', async () => {
  const poor = cluster((command, { input }) => {
    if (command.includes('/version')) return '{"gitVersion":"v1.28.1"}'
    if (!command.includes('create')) return undefined
    const { items } = JSON.parse(String(input)) as { items: { spec: { resourceAttributes: { resource: string } } }[] }
    return items.map((item) => `${item.spec.resourceAttributes.resource !== 'secrets'}\n`).join('')
  })
  const error = await failure(target(poor).target.up())
  assert.is(error.code, 'CONTEXT_NOT_SUPPORTED')
  assert.match(error.message, /v1\.28\.1 is older than v1\.29/)
  assert.match(error.message, /not allowed: secrets: get, list/)
})
test('what only drill needs is a warning of preflight, and no reason to refuse', async () => {
  const answer = cluster((command, { input }) => {
    if (!command.includes('create')) return undefined
    type Sent = { items: { spec: { resourceAttributes: { resource: string; verb: string } } }[] }
    const { items } = JSON.parse(String(input)) as Sent
    const isDrills = ({ resource, verb }: { resource: string; verb: string }) =>
      resource === 'nodes' && verb === 'delete'
    return items.map(({ spec }) => `${!isDrills(spec.resourceAttributes)}\n`).join('')
  })
  const needs = await target(answer).target.preflight()
  const found = Object.fromEntries(needs.map(({ id, status, detail }) => [id, `${status}: ${detail}`]))
  assert.is(found.permissions, 'ok: all allowed')
  assert.is(found['drill-permissions'], 'warning: nodes: delete')
  assert.match((await target(answer, known).target.up()).summary, /all permissions/)
})
test('plan says what the cluster offers, and that the inventory is taken once', async () => {
  const { steps, state } = await target(cluster()).target.plan({ verb: 'up' })
  assert.equal(
    steps.map(({ action, subject }) => `${action} ${subject}`),
    ['create the inventory of the cluster'],
  )
  assert.equal((await target(cluster(), known).target.plan({ verb: 'up' })).steps, [])
  assert.match(state, /v1\.37\.2, all permissions, default StorageClass none, LoadBalancer unknown/)
})
test('plan, up and verify send nothing but questions', async () => {
  const { target: checked, runner } = target(cluster(), known)
  await checked.plan({ verb: 'up' })
  await checked.up()
  await checked.verify()
  for (const command of runner.commands)
    assert.match(command, / get | version --client|create --validate=false -o=jsonpath={\.status\.allowed}/)
})
for (const purge of [false, true]) {
  test(`down of the cluster by its name is refused before anything is asked, ${purge ? 'with' : 'without'} --purge`, async () => {
    const { target: kept, runner } = target(cluster())
    const error = await failure(kept.plan({ verb: 'down', purge, named: true }))
    assert.equal([error.code, error.exitCode], ['CLUSTER_NOT_MANAGED', 2])
    assert.equal(runner.commands, [])
  })
}
test('down of all with --purge plans the comparison with the inventory', async () => {
  const { steps } = await target(cluster(), known).target.plan({ verb: 'down', purge: true, named: false })
  assert.match(steps[0]?.subject ?? '', /inventory/)
  assert.equal((await target(cluster(), known).target.plan({ verb: 'down', purge: false, named: false })).steps, [])
})
test('without an inventory down of all with --purge plans a look for what is ours, and down itself refuses', async () => {
  const { target: kept, runner } = target(cluster())
  const { steps } = await kept.plan({ verb: 'down', purge: true, named: false })
  assert.match(steps[0]?.detail ?? '', /no inventory was taken/)
  assert.equal((await kept.plan({ verb: 'down', purge: false, named: false })).steps, [])
  assert.is((await failure(kept.down({ purge: false }))).code, 'CLUSTER_NOT_MANAGED')
  assert.equal(runner.commands, [])
})

const versions =
  (kubectl: string, helm = 'v4.3.1'): Answer =>
  (command) => {
    if (command.includes('--template')) return command[0] === '/built/helm' ? 'v4.3.1' : helm
    return `{"clientVersion":{"gitVersion":"${command[0] === '/built/kubectl' ? 'v1.37.2' : kubectl}"}}`
  }
const choices: [string, string, string, string][] = [
  ['the one on PATH when it fits', 'v1.36.0', 'v1.37.0', '/usr/bin/kubectl'],
  ["the toolchain's when PATH's is too far from the server", 'v1.32.0', 'v1.37.0', '/built/kubectl'],
  ["PATH's when neither fits and it is nearer", 'v1.32.0', 'v1.30.0', '/usr/bin/kubectl'],
]
for (const [name, onPath, server, expected] of choices) {
  test(`kubectl: ${name}`, async () => {
    const version = parseVersion(server) ?? assert.unreachable()
    const tool = await fittingKubectl(version as never, '/usr/bin/kubectl', fakeRunner(versions(onPath)), bare)
    assert.is(tool.path, expected)
  })
}
const firsts: [string, ToolSources, string, string][] = [
  ['on PATH and new enough', bare, 'v1.29.0', '/usr/bin/kubectl'],
  ['on PATH and too old', bare, 'v1.28.0', '/built/kubectl'],
  ['not on PATH', { ...bare, find: () => undefined }, 'v1.37.0', '/built/kubectl'],
]
for (const [name, sources, onPath, expected] of firsts) {
  test(`first questions, kubectl ${name}: ${expected}`, async () => {
    assert.is(await findKubectl(fakeRunner(versions(onPath)), sources), expected)
  })
}
test('kubectl is had without a Helm; who asks for Helm is told why there is none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'context-target-'))
  try {
    const runner = fakeRunner(cluster((command) => (command.includes('config') ? 'apiVersion: v1\n' : undefined)))
    const noGo: ToolSources = {
      find: (name) => (name === 'kubectl' ? '/usr/bin/kubectl' : undefined),
      build: async (unit) => {
        throw new PlatformError('GO_MISSING', `no Go to build ${unit} with`)
      },
    }
    const own = { ...settings, stateDir: folder }
    const access = await contextTarget(own, { runner, emit: () => {} }, noGo).access()
    assert.is(access.kubectl, '/usr/bin/kubectl')
    assert.is((await failure(access.helm())).code, 'GO_MISSING')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
test('clusters whose contexts have one name have a kubeconfig each', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'context-target-'))
  try {
    const of = async (uid: string) => {
      const answers = cluster((command) => {
        if (command.includes('config')) return `cluster: ${uid}\n`
        return command.includes('namespace') ? uid : undefined
      })
      const own = { ...settings, stateDir: folder, CLUSTER_UID: uid }
      return (await contextTarget(own, { runner: fakeRunner(answers), emit: () => {} }, bare).access()).kubeconfig
    }
    const [first, second] = [await of('uid-1'), await of('uid-2')]
    assert.is(readFileSync(first, 'utf8'), 'cluster: uid-1\n')
    assert.is(readFileSync(second, 'utf8'), 'cluster: uid-2\n')
    assert.equal(readdirSync(join(folder, 'context-uid-1')), ['kubeconfig'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
test('Helm 3 on PATH is passed over', async () =>
  assert.is(await findHelm(fakeRunner(versions('', 'v3.19.0')), bare), '/built/helm'))
test('Helm 4 on PATH is used', async () =>
  assert.is(await findHelm(fakeRunner(versions('', 'v4.0.0')), bare), '/usr/bin/helm'))

test.run()
