import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApi, pinnedHelm } from '@platform/cluster'
import {
  type Intent,
  loadSettings,
  PlatformError,
  repositoryRoot,
  systemRunner,
  type UnitContext,
  type UnitPlan,
} from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hostPids } from '../../../cluster/test/support/cli.ts'
import { eventually } from '../../../cluster/test/support/eventually.ts'
import { packageComponents } from '../../src/package/package-components.ts'
import { planUnit } from '../../src/plan/plan-unit.ts'
import { openSession } from '../../src/session/session.ts'
import { componentUnit } from '../../src/unit.ts'
import { component } from '../fixture/src/component.ts'
import { writesDuring } from '../support/audit.ts'
import { checkout } from '../support.ts'
import { cluster } from './cluster.ts'

const test = suite('the plan of a component on a cluster')

export { test as plan }

const { settings } = cluster
const context: UnitContext = {
  settings,
  runner: systemRunner,
  emit: () => {},
  signal: new AbortController().signal,
}
const unit = componentUnit(component)
const up: Intent = { verb: 'up' }
const down = (purge: boolean): Intent => ({ verb: 'down', purge, named: true })
const steps = ({ steps: all }: UnitPlan) =>
  all.map(({ action, subject, detail }) => `${action} ${subject}${detail ? `: ${detail}` : ''}`)
const kubectl = async (...args: string[]) => (await cluster.kubectl().run(['-n', 'probe', ...args])).stdout
const refusal = async (work: Promise<unknown>): Promise<PlatformError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.instance(error, PlatformError)
  return error as PlatformError
}
/** `up`, after which nothing is to be done. */
const mend = async () => {
  await unit.up(context)
  assert.equal(await unit.plan(context, up), {
    state: (await unit.plan(context, up)).state,
    steps: [],
  })
}

test.after(async () => (await openSession(context).catch(() => undefined))?.api.close())

test('while the cluster does not run: up has a step, down has none', async () => {
  const plan = await unit.plan(context, up)
  assert.match(plan.state, /the cluster does not run/)
  assert.is(plan.steps.length, 1)
  assert.equal(plan.images, ['toolbox'], 'so that the cluster can load it while it starts')
  assert.equal((await unit.plan(context, down(true))).steps, [])
})
test('not installed: every object, without a write of ours by the audit log', async () => {
  await cluster.pnpmDone(['up', 'cluster'])
  const { result, writes } = await writesDuring(settings, () => unit.plan(context, up))
  assert.equal(steps(result), [
    'create release probe/probe-release: not installed',
    'create Namespace probe',
    'create Secret probe/probe-release: keys user, password; values not shown',
    'create ConfigMap probe/probe-release',
    'create PersistentVolumeClaim probe/probe-release-data',
    'create Service probe/probe-release',
    'create Deployment probe/probe-release',
  ])
  assert.equal(writes, [])
})
test('all conflicts with unmanaged resources are reported together, and nothing is changed', async () => {
  const kube = cluster.kubectl()
  await kube.run(['create', 'namespace', 'probe'])
  await kubectl('create', 'configmap', 'probe-release')
  await kubectl('create', 'secret', 'generic', 'probe-release')
  const { result: error, writes } = await writesDuring(settings, () => refusal(unit.plan(context, up)))
  assert.equal([error.code, error.exitCode], ['RESOURCE_NOT_MANAGED', 2])
  assert.match(error.message, /ConfigMap probe\/probe-release: exists, not managed by the platform/)
  assert.match(error.message, /Secret probe\/probe-release: exists and is not managed by the platform/)
  assert.equal(writes, [])
  await kube.run(['delete', 'namespace', 'probe'])
})
test('installed: nothing to do, and the audit log, which sees each write of up, sees none', async () => {
  const { writes: made } = await writesDuring(settings, () => unit.up(context))
  assert.ok(made.length > 5, made.join('\n'))
  const { root, remove } = checkout()
  const { result, writes } = await writesDuring(settings, async () => [
    await unit.plan(context, up),
    await unit.plan(context, down(true)),
    await planUnit(context, component, up, root),
  ])
  remove()
  assert.equal(result[0], { state: 'installed, probe 0.1.0, revision 1, ready', steps: [] })
  assert.equal(writes, [])
})

const drifts: readonly [string, () => Promise<unknown>, readonly RegExp[]][] = [
  [
    'scaled',
    () => kubectl('scale', 'deployment/probe-release', '--replicas=2'),
    [/^update Deployment .*spec\.replicas: 2 → 1 \(set by kubectl scale\)$/],
  ],
  [
    'edited',
    () => kubectl('patch', 'configmap/probe-release', '-p', '{"data":{"index.html":"bye"}}'),
    [/^update ConfigMap .*data\["index\.html"\]: "bye" → "hello" \(set by kubectl-patch\)$/],
  ],
  [
    'deleted',
    () => kubectl('delete', 'service/probe-release'),
    [/^create Service probe\/probe-release: it was deleted$/],
  ],
  [
    'a field added',
    () => kubectl('label', 'deployment/probe-release', 'team=blue'),
    [/^update Deployment .*metadata\.labels\.team: "blue" → nothing \(added by kubectl-label\)$/],
  ],
  [
    'a default set to the default by hand, after another value',
    async () => {
      await kubectl('patch', 'service/probe-release', '-p', '{"spec":{"sessionAffinity":"ClientIP"}}')
      await kubectl('patch', 'service/probe-release', '-p', '{"spec":{"sessionAffinity":"None"}}')
    },
    [/^update Service .*spec\.sessionAffinity: "None" → nothing \(added by kubectl-patch\)$/],
  ],
  [
    "a key of the engine's Secret added",
    () => kubectl('patch', 'secret/probe-release', '-p', '{"stringData":{"more":"geheim"}}'),
    [/^update Secret probe\/probe-release: keys to remove: more; values not shown$/],
  ],
  [
    "a password of the engine's Secret edited",
    () => kubectl('patch', 'secret/probe-release', '-p', '{"stringData":{"password":"geheim"}}'),
    [
      /^update Secret probe\/probe-release: edited by hand, to be applied to the running server: password; values not shown$/,
    ],
  ],
]
for (const [what, drift, expected] of drifts) {
  test(`drift is reported exactly, and up reconciles it: ${what}`, async () => {
    await drift()
    const found = steps(await unit.plan(context, up))
    assert.is(found.length, expected.length, found.join('\n'))
    for (const [i, pattern] of expected.entries()) assert.match(found[i] ?? '', pattern)
    await mend()
  })
}

test('a value of an overlay: the exact difference, line by line of each object', async () => {
  const { root, remove } = checkout({ 'values/default/probe.yaml': 'greeting: bye\nreplicas: 2\n' })
  const found = steps(await planUnit(context, component, up, root))
  remove()
  assert.match(found[0] ?? '', /^update release probe\/probe-release: its chart, values or images have changed$/)
  assert.match(found[1] ?? '', /^update ConfigMap .*data\["index\.html"\]: "hello" → "bye"$/)
  assert.match(found[2] ?? '', /^update Deployment [\s\S]*spec\.replicas: 1 → 2/)
  assert.is(found.length, 3)
})
test('a wrong value is refused with file and line, before anything is looked at', async () => {
  const { root, remove } = checkout({ 'values/default/probe.yaml': 'greeting: bye\nreplica: 2\n' })
  const error = await refusal(planUnit(context, component, up, root))
  remove()
  assert.equal([error.code, error.exitCode], ['INVALID_VALUES', 2])
  assert.match(error.message, /values\/default\/probe\.yaml:2: replica: no such value; did you mean replicas\?/)
})
test('a release that Helm left pending is a step', async () => {
  const name = (
    await kubectl('get', 'secrets', '-l', 'owner=helm', '--sort-by=.metadata.creationTimestamp', '-o', 'name')
  )
    .trim()
    .split('\n')
    .at(-1)
  await kubectl('label', '--overwrite', name ?? '', 'status=pending-upgrade')
  assert.match(steps(await unit.plan(context, up))[0] ?? '', /pending-upgrade for .*\(revision \d+\)/)
  await kubectl('label', '--overwrite', name ?? '', 'status=deployed')
})
test('kubectl proxy does the same, on a socket of ours alone, and is gone after close', async () => {
  const { access } = await openSession(context)
  const api = await openApi({ ...access, certificate: false })
  const found = await api.list('/api/v1/namespaces/probe/services')
  assert.equal(
    found.map(({ metadata }) => metadata.name),
    ['probe-release'],
  )
  assert.is(await api.find('/api/v1/namespaces/nowhere'), undefined)
  assert.ok(proxies().length > 0)
  api.close()
  await eventually('the proxy is gone', 5_000, async () => proxies().length === 0)
})
test('down: what goes and what stays; with purge the volume by its name', async () => {
  const [first = '', ...rest] = steps(await unit.plan(context, down(false)))
  assert.match(
    first,
    /^delete release probe\/probe-release: [\s\S]*Deployment probe\/probe-release[\s\S]*volumes are kept: probe-release-data \(64Mi\)/,
  )
  assert.equal(rest, ['delete Secret probe/probe-release'])
  await unit.down(context, { purge: false })
  assert.equal((await unit.plan(context, down(false))).steps, [])
  const [claim = ''] = steps(await unit.plan(context, down(true)))
  assert.match(claim, /^delete PersistentVolumeClaim probe\/probe-release-data: with its data: 64Mi, volume pvc-/)
  await unit.down(context, { purge: true })
  assert.equal((await unit.plan(context, down(true))).steps, [])
})
test('packaged twice by Helm itself: the same bytes', async () => {
  const helm = await pinnedHelm(settings, context)
  const published = loadSettings({ env: { TARGET: 'context' }, root: tmpdir() })
  const packaged = async () => {
    const out = mkdtempSync(join(tmpdir(), 'platform-dist-'))
    const options = { components: [component], settings: published, root: repositoryRoot, out, helm }
    await packageComponents({ ...options, runner: systemRunner })
    const files = readdirSync(out)
      .sort()
      .map((file) => [file, readFileSync(join(out, file)).toString('base64')])
    rmSync(out, { recursive: true })
    return files
  }
  const first = await packaged()
  assert.equal(
    first.map(([file]) => file),
    ['images.txt', 'probe-0.1.0.tgz', 'probe.yaml'],
  )
  assert.equal(await packaged(), first)
})

function proxies(): number[] {
  return hostPids().filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      return words.includes('--unix-socket=') && words.includes('platform-api-') && words.includes(settings.cacheDir)
    } catch {
      return false
    }
  })
}
