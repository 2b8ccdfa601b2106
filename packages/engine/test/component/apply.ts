import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, createTarget, type KubeObject, openApi, type PodObject } from '@platform/cluster'
import { systemRunner } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareInventory } from '../../../cluster/src/inventory/proof.ts'
import { eventually } from '../../../cluster/test/support/eventually.ts'
import { readHistory } from '../../src/release/history.ts'
import { leaseName } from '../../src/release/lease-holder.ts'
import { recordWithStatus } from '../../src/release/recover.ts'
import { applying, type Ended, type Variant, variant } from '../support/applying.ts'
import { cluster } from './cluster.ts'

const test = suite('up and down of a component')

export { test as apply }

const of = { release: 'probe-release', namespace: 'probe' }
const variants: Variant[] = []
const probe = make()
let api: Api

function make(name?: string): Variant {
  const made = variant(name)
  variants.push(made)
  return made
}

const up = (from: Variant = probe) => applying(cluster, ['up', from.file])
const down = (from: Variant = probe, purge = false) => applying(cluster, ['down', from.file, purge ? 'purge' : ''])
const done = async ({ ended }: { ended: Promise<Ended> }): Promise<Ended> => {
  const end = await ended
  assert.is(end.code, 0, end.text)
  return end
}
const fails = async ({ ended }: { ended: Promise<Ended> }, code: string): Promise<Ended> => {
  const end = await ended
  assert.is(end.code, 1, end.text)
  assert.is(end.last.code, code, end.text)
  return end
}
const page = async () => (await api.request('/api/v1/namespaces/probe/services/probe-release:80/proxy/')).body
const serves = async (greeting: string) => {
  for (let i = 0; i < 60 && (await page()).trim() !== greeting; i += 1) await sleep(500)
  assert.is((await page()).trim(), greeting)
}
const greet = (greeting: string) =>
  probe.edit('chart/values.yaml', (text) => text.replace(/^greeting: .*$/m, `greeting: ${greeting}`))
const before = (script: string) =>
  probe.edit('chart/values.yaml', (text) => text.replace(/^before: .*$/m, `before: ${JSON.stringify(script)}`))
const image = (reference: string) =>
  probe.edit('chart/values.yaml', (text) => text.replace(/toolbox: .*$/m, `toolbox: ${reference}`))
const good = 'docker.io/library/busybox:1.37.0'
/** Ends the wait of a pod that was begun with `untilLetGo`. */
const letGo = () =>
  eventually('the pod is let go', 60_000, async () => {
    const touch = ['exec', '-n', 'probe', 'deployment/probe-release', '--', 'touch', '/data/go']
    return (await cluster.kubectl().probe(touch)).exitCode === 0
  })
const untilLetGo = 'until test -e /data/go; do sleep 0.2; done'

/** Makes Helm's newest record say that it is half done, as a Helm that was killed leaves it. */
async function halfDone(status: string, labels: Record<string, string> = {}, ageSeconds = 60): Promise<number> {
  const { newest } = await readHistory(api, of)
  const path = `/api/v1/namespaces/probe/secrets/${newest?.secret}`
  const { data } = await api.get<{ data: { release: string } }>(path)
  const modifiedAt = String(Math.round(Date.now() / 1000) - ageSeconds)
  await api.patch(path, {
    metadata: { labels: { status, modifiedAt, ...labels } },
    data: { release: await recordWithStatus(data.release, status, 'killed') },
  })
  return newest?.revision ?? 0
}

// A row and no hook: what a hook throws fails nothing.
test('a cluster is up', async () => {
  await cluster.pnpmDone(['up', 'cluster'])
  const target = await createTarget(cluster.settings, { runner: systemRunner, emit: () => {} })
  api = await openApi(await target.access())
})
test.after(() => {
  for (const made of variants) made.remove()
  api?.close()
})

test('a first install whose image is wrong fails within seconds with the reason, and is uninstalled', async () => {
  image('docker.io/library/no-such-thing:1')
  const { last, ms } = await fails(up(), 'COMPONENT_FAILED')
  assert.match(last.message, /pod probe-release-\S+, container server: (ErrImagePull|ImagePullBackOff)/)
  assert.match(last.message, /First install: probe-release was uninstalled/)
  assert.ok(ms < 60_000, `${ms} ms`)
  assert.is((await readHistory(api, of)).revisions.length, 0)
  image(good)
})
test('it comes up, says its images, and leaves no lease', async () => {
  const { last } = await done(up())
  assert.match(last.summary, /images: toolbox (rebuilt|upstream)/)
  assert.is(last.data.release, 'probe-release')
  await serves('hello')
  const lease = `/apis/coordination.k8s.io/v1/namespaces/probe/leases/${leaseName('probe-release')}`
  assert.is(await api.find(lease), undefined)
})
test('a run meanwhile is refused with who works on it', async () => {
  // It becomes ready when it is told to, and that is after the other run was refused.
  before(untilLetGo)
  const first = up()
  await first.says(/wait until it is ready/)
  const { last } = await fails(up(), 'RELEASE_BUSY')
  assert.match(last.message, new RegExp(`pnpm up probe.*pid ${first.pid}`))
  await letGo()
  await done(first)
  before('true')
})
test('a crash loop shows the last log lines, keeps its evidence and goes back to what ran', async () => {
  await done(up())
  before("echo one; echo 'the reason is this' >&2; exit 3")
  const crashed = await up().ended
  before('true')
  const { last, ms } = await fails({ ended: Promise.resolve(crashed) }, 'COMPONENT_FAILED')
  assert.match(last.message, /ended with exit code 3/)
  assert.match(last.message, /\| the reason is this/)
  assert.match(last.message, /probe-release was rolled back to revision \d+/)
  assert.ok(ms < 90_000, `${ms} ms`)
  const folder = /the evidence is in (\S+)/.exec(last.message)?.[1] ?? assert.unreachable('no evidence')
  const files = readdirSync(String(folder))
  for (const name of ['pods.json', 'events.txt', 'release.json', 'manifest.yaml']) assert.ok(files.includes(name), name)
  assert.ok(files.some((name) => name.endsWith('.log')))
  const { data } = await api.get<{ data: { password: string } }>('/api/v1/namespaces/probe/secrets/probe-release')
  const password = Buffer.from(data.password, 'base64').toString()
  for (const name of files) {
    const text = readFileSync(join(String(folder), name), 'utf8')
    assert.not.ok(text.includes(password) || text.includes(data.password), `the password is in ${name}`)
  }
  await serves('hello')
})

const killedAt: [string, RegExp, number][] = [
  ['before its Secrets are written', /"check the release"/, 0],
  ['while Helm works', /"step.started","step":"upgrade/, 120],
  ['while Helm works, later', /"step.started","step":"upgrade/, 400],
  ['while it waits', /"step.started","step":"wait until it is ready"/, 100],
]
for (const [name, pattern, afterMs] of killedAt) {
  test(`killed at once with its Helm ${name}, a rerun recovers it`, async () => {
    await done(down(probe, true))
    greet(`after-${afterMs}`)
    const killed = up()
    await killed.says(pattern)
    await sleep(afterMs)
    killed.killAll()
    await killed.ended
    await done(up())
    await serves(`after-${afterMs}`)
  })
  test(`killed ${name}, a rerun recovers the upgrade`, async () => {
    greet(`again-${afterMs}`)
    const killed = up()
    await killed.says(pattern)
    await sleep(afterMs)
    killed.killAll()
    await killed.ended
    const { ms } = await done(up())
    assert.ok(ms < 60_000, 'the lease of a dead run is not waited for')
    await serves(`again-${afterMs}`)
  })
}

test('killed while its Helm goes on alone, a rerun waits for that one', async () => {
  greet('orphan')
  const killed = up()
  await killed.says(/"step.started","step":"upgrade/)
  killed.kill('SIGKILL')
  await killed.ended
  await done(up())
  await serves('orphan')
})

for (const status of ['pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling']) {
  test(`a release that a dead run left ${status} is recovered, and that is said`, async () => {
    await halfDone(status, { 'platform.local/run': `dead-${status}` })
    const { text } = await done(up())
    assert.match(text, new RegExp(`was left ${status}`))
    assert.is((await readHistory(api, of)).newest?.status, 'deployed')
  })
}
test("someone's own Helm that is at work is respected, with how to go on", async () => {
  // Helm hands our labels on to a revision that is made by hand: this one says the run of the one before it.
  const { newest } = await readHistory(api, of)
  greet('by-hand')
  await done(up())
  const run = newest?.labels['platform.local/run'] ?? ''
  const revision = await halfDone('pending-upgrade', { 'platform.local/run': run }, 20)
  const { last } = await fails(up(), 'RELEASE_PENDING')
  assert.match(last.message, new RegExp(`pending-upgrade since .*revision ${revision}`))
  assert.match(last.hint, /helm rollback probe-release -n probe/)
  await halfDone('pending-upgrade', {}, 600)
  await done(up())
})
test('SIGTERM stops it quickly, and a rerun goes on', async () => {
  before('sleep 20')
  const stopped = up()
  await stopped.says(/"step.started","step":"wait until it is ready"/)
  const at = performance.now()
  stopped.kill('SIGTERM')
  assert.is((await stopped.ended).code, 1)
  assert.ok(performance.now() - at < 3_000)
  before('true')
  await done(up())
})
test('a volume that can not be mounted is told while it is waited for', async () => {
  const page = (name: string, other: string) =>
    probe.edit('chart/templates/server-deployment.yaml', (text) =>
      text.replace(`configMap:\n            name: ${name}`, `configMap:\n            name: ${other}`),
    )
  page('{{ .Release.Name }}', 'not-there')
  const waits = up()
  await waits.says(/pod probe-release-\S+: FailedMount: [^}]*not-there/)
  waits.kill('SIGTERM')
  await waits.ended
  page('not-there', '{{ .Release.Name }}')
  await done(up())
})
test('what was added and edited by hand is taken back', async () => {
  const path = '/apis/apps/v1/namespaces/probe/deployments/probe-release'
  const kubectl = cluster.kubectl()
  await kubectl.run(['-n', 'probe', 'scale', 'deployment/probe-release', '--replicas=0'])
  await kubectl.run(['-n', 'probe', 'set', 'env', 'deployment/probe-release', 'ADDED=1'])
  await kubectl.run(['-n', 'probe', 'delete', 'configmap', 'probe-release'])
  await done(up())
  const { spec } = await api.get<{
    spec: { replicas: number; template: { spec: { containers: { env?: unknown[] }[] } } }
  }>(path)
  assert.is(spec.replicas, 1)
  assert.is(spec.template.spec.containers[0]?.env, undefined)
})
test('a comment in its sources and a changed check are no change of the release', async () => {
  const revisions = async () => {
    const labels = 'owner=helm,name=probe-release'
    const secrets = await api.list<KubeObject>('/api/v1/namespaces/probe/secrets', { labels })
    return secrets.map(({ metadata }) => metadata.name)
  }
  const before = await revisions()
  probe.edit('src/component.ts', (text) => `${text}\n// A comment.\n`)
  probe.edit('src/checks.ts', (text) => `${text}\n// Another.\n`)
  await done(up())
  assert.equal(await revisions(), before)
})
test('a changed component touches that one alone', async () => {
  const other = make('other')
  await done(up(other))
  const versions = async () => {
    const objects = await Promise.all(
      ['api/v1 configmaps', 'api/v1 services', 'apis/apps/v1 deployments', 'api/v1 pods'].map((each) => {
        const [group, kind] = each.split(' ')
        return api.list<KubeObject>(`/${group}/namespaces/other/${kind}`)
      }),
    )
    return objects
      .flat()
      .map(({ metadata }) => [metadata.name, metadata.uid, (metadata as { resourceVersion?: string }).resourceVersion])
  }
  const then = await versions()
  greet('changed')
  await done(up())
  await serves('changed')
  assert.equal(await versions(), then)
  await done(down(other, true))
})
test('down keeps the volume and names it, and works again when objects are gone by hand and sources too', async () => {
  await api.delete('/api/v1/namespaces/probe/services/probe-release')
  const bare = make()
  bare.edit('chart/values.yaml', () => '')
  const { last } = await done(down(bare))
  assert.match(last.summary, /kept volume probe\/probe-release-data/)
  const pods = await api.list<PodObject>('/api/v1/namespaces/probe/pods')
  assert.is(pods.length, 0)
  assert.match((await done(down())).last.summary, /nothing to remove/)
})
test('down --purge deletes the volume, and the namespace goes; down of nothing is no error', async () => {
  const { last } = await done(down(probe, true))
  assert.match(last.summary, /removed .*volume probe\/probe-release-data/)
  assert.is(await api.find('/api/v1/namespaces/probe'), undefined)
  assert.is((await api.list('/api/v1/persistentvolumes')).length, 0)
  await done(down(probe, true))
})
test('a namespace with something of somebody else in it stays', async () => {
  await done(up())
  await api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace: 'probe' } } as never)
  const { last } = await done(down(probe, true))
  assert.match(last.summary, /kept namespace probe \(not empty: ConfigMap probe\/theirs\)/)
  await api.delete('/api/v1/namespaces/probe/configmaps/theirs')
  await done(down(probe, true))
  assert.is(await api.find('/api/v1/namespaces/probe'), undefined)
})
test('an unmanaged volume with the same labels survives down --purge', async () => {
  const path = '/api/v1/namespaces/probe/persistentvolumeclaims/theirs'
  await done(up())
  await api.create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'theirs', namespace: 'probe', labels: { 'app.kubernetes.io/instance': 'probe-release' } },
    // Without a class nobody makes a volume for it.
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: '', resources: { requests: { storage: '16Mi' } } },
  } as never)
  const { last } = await done(down(probe, true))
  assert.match(last.summary, /kept volume probe\/theirs \(unmanaged\)/)
  assert.ok(await api.find(path))
  await api.delete(path)
  while (await api.find(path)) await sleep(200)
  await done(down(probe, true))
  assert.is(await api.find('/api/v1/namespaces/probe'), undefined)
})
test('the inventory names what is left over, and is content when nothing is', async () => {
  const file = join(cluster.settings.clusterDir, 'inventory.json')
  assert.ok(existsSync(file))
  const compare = () => compareInventory(api, file, { emit: () => {}, onlyOurs: false, garbageMs: 5_000 })
  assert.is(await compare(), undefined)
  await api.create({
    ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
    metadata: { name: 'left-over' },
    rules: [],
  } as never)
  await api.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'left', namespace: 'kube-system' },
  } as never)
  const error = await compare()
  assert.is(error?.code, 'RESOURCES_LEFT_OVER')
  assert.match(error?.message ?? '', /ConfigMap kube-system\/left\n.*ClusterRole left-over/)
  await api.delete('/apis/rbac.authorization.k8s.io/v1/clusterroles/left-over')
  await api.delete('/api/v1/namespaces/kube-system/configmaps/left')
})
test('down all --purge says what is left over, and ends the node all the same', async () => {
  await api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'left', namespace: 'default' } } as never)
  const { exitCode, stderr } = await cluster.pnpm(['down', 'all', '--purge'])
  assert.is(exitCode, 1, stderr)
  assert.match(stderr, /RESOURCES_LEFT_OVER: an object is left over/)
  assert.match(stderr, /ConfigMap default\/left/)
  assert.not.ok(existsSync(cluster.settings.clusterDir))
})
