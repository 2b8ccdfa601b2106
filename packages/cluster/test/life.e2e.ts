// Runs alone: it compares the host before and after.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clusterLock, processStart } from '@platform/core'
import { toolbox } from '@platform/images/definitions/toolbox'
import { cgroupHierarchies, clusterId, nodePlaces } from '@platform/node'
import { toolchainLocation } from '@platform/toolchain/state'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { OwnCluster, temporaryFolder, until } from './support/cli.ts'
import { type HostSnapshot, hostChanges, snapshotHost, type Traces, tracesOf } from './support/host-snapshot.ts'
import { removeOnSignal } from './support/test-cluster.ts'
import { answer, type RunningPod, runningPods, startWorkload, workloadIsBack } from './support/workload.ts'

// One cluster lives through all of this, in the order of the rows.
const folder = temporaryFolder('life')
const cluster = new OwnCluster('e2e-life', folder.path)
const second = new OwnCluster('e2e-life-second', folder.path)
const places = nodePlaces(cluster.settings)
const { nodeRoot } = toolchainLocation(cluster.settings)
const proof = 'written-before-the-first-kill'

let before: HostSnapshot
let traces: Traces
let firstUid = ''

const look = () => snapshotHost(traces, nodeRoot)

/** Remembers the namespaces and ports of what runs now, so that they can be looked for when it should be gone. */
async function remember(): Promise<void> {
  const ports = cluster.status().config?.forwards.map(({ port }) => port) ?? []
  const nodePort = await cluster.kubectl(['get', 'services', '-A', '-o', 'jsonpath={.items[*].spec.ports[*].nodePort}'])
  const now = tracesOf(cluster.settings.clusterDir, cluster.pid, [...ports, ...nodePort.split(' ').map(Number)])
  traces = { ...now, namespaces: [...traces.namespaces, ...now.namespaces], ports: [...traces.ports, ...now.ports] }
}

function uid(of: OwnCluster): Promise<string> {
  return of.kubectlAtLast(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'])
}

test.before(async () => {
  traces = { folder: folder.path, ids: [clusterId(cluster.settings)], namespaces: [], ports: [], volumes: [] }
  // The toolchain must be there before nft of its Debian root can be asked.
  if (!existsSync(nodeRoot)) await cluster.must(['toolchain:build'])
  before = await look()
})

async function removeAll(): Promise<void> {
  for (const each of [cluster, second]) await each.must(['run', 'down', 'cluster', '--purge'])
  folder.remove()
}

test.after(removeAll)
removeOnSignal(removeAll)

test('up makes a cluster that runs pods', async () => {
  await cluster.must(['up', 'cluster'])
  firstUid = await uid(cluster)
  await startWorkload(cluster, proof)
  await remember()
})

test('while it runs, the snapshot of the host sees it: the comparison can fail', async () => {
  const changes = hostChanges(before, await look())
  for (const what of ['processes', 'namespaces', 'links', 'loop devices', 'cgroups', 'listening sockets']) {
    assert.ok(
      changes.some((change) => change.startsWith(`${what}: new`)),
      `${what} shows nothing of a running cluster`,
    )
  }
  for (const what of ['mounts', 'nft tables', 'iptables tables', 'cgroup controllers', 'sysctls']) {
    const changed = changes.filter((change) => change.startsWith(`${what}:`))
    assert.equal(changed, [], `${what} of the host changed while a cluster runs`)
  }
})

test('up on a running cluster changes nothing and says so', async () => {
  const kubelet = cluster.componentPid('kubelet')
  const status = cluster.status()
  const { stdout } = await cluster.must(['up', 'cluster'])
  assert.match(stdout, /nothing to do/)
  const document = JSON.parse((await cluster.must(['-s', 'run', 'up', 'cluster', '--json'])).stdout)
  assert.equal(document.units[0].outcome, 'unchanged')
  assert.equal(document.runDirectory, undefined, 'a run was begun')
  assert.equal(cluster.status().supervisor?.components, status.supervisor?.components)
  assert.equal(cluster.pid, status.pid)
  assert.is(cluster.componentPid('kubelet'), kubelet)
})

/** What only the component can do, seen from outside, after it was killed. */
const proofs: Record<string, () => Promise<unknown>> = {
  etcd: () => cluster.kubectlAtLast(['create', 'configmap', 'after-etcd']),
  'kube-apiserver': () => cluster.kubectlAtLast(['create', 'configmap', 'after-kube-apiserver']),
  'kube-controller-manager': async () => {
    await cluster.kubectlAtLast(['create', 'namespace', 'after'])
    await cluster.kubectlAtLast(['get', 'serviceaccount', 'default', '-n', 'after'])
  },
  'kube-scheduler': () => runPod('after-kube-scheduler'),
  kubelet: async () => {
    await runPod('after-kubelet')
    await cluster.kubectlAtLast(['exec', 'deployment/web', '--', 'true'])
  },
  'kube-proxy': async () => {
    await cluster.kubectlAtLast(
      ['expose', 'deployment', 'web', '--name=after', '--type=NodePort', '--port=80', '--target-port=8080'], // new rules
    )
    assert.is(await answer(cluster, 'after'), 'here it is\n')
  },
  containerd: async () => {
    await runPod('after-containerd')
    await cluster.kubectlAtLast(['exec', 'deployment/web', '--', 'true'])
  },
  egress: () =>
    until('the default route of the node leads out again', () =>
      /^tap0\t00000000\t/m.test(readFileSync(`/proc/${cluster.pid}/net/route`, 'utf8')),
    ),
}

async function runPod(name: string): Promise<void> {
  await cluster.kubectlAtLast([
    'run',
    name,
    `--image=${toolbox.upstream}`,
    '--restart=Never',
    '--command',
    '--',
    'true',
  ])
  await cluster.kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', `pod/${name}`, '--timeout=60s'])
}

async function killComponent(name: string): Promise<void> {
  const { restarts = 0 } = cluster.status().supervisor?.components[name] ?? {}
  const pid = cluster.componentPid(name)
  process.kill(pid, 'SIGKILL')
  await until(`the supervisor starts ${name} again`, () => {
    const now = cluster.status().supervisor?.components[name]
    return now?.state === 'running' && now.restarts > restarts
  })
  assert.is.not(cluster.componentPid(name), pid)
}

let pods: RunningPod[] = []

for (const [name, works] of Object.entries(proofs)) {
  test(`kill -9 of ${name}: it is started again, works, and no pod notices`, async () => {
    if (pods.length === 0) pods = await runningPods(cluster)
    assert.is(pods.length, 2)
    const said = cluster.log('supervisor').length
    await killComponent(name)
    assert.match(
      cluster.log('supervisor').slice(said),
      new RegExp(`${name} ended after \\S+ \\(signal: killed\\); it is started again in \\d`),
    )
    await works()
    assert.equal(await runningPods(cluster), pods)
  })
}

test('a component that dies again soon is started again later', async () => {
  const said = cluster.log('supervisor').length
  for (let n = 0; n < 2; n++) await killComponent('kube-scheduler')
  const pauses = [
    ...cluster
      .log('supervisor')
      .slice(said)
      .matchAll(/kube-scheduler ended .* again in (\S+)/g),
  ]
  const ms = pauses.map(([, text = '']) => Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1000))
  assert.is(ms.length, 2)
  assert.ok((ms[1] ?? 0) >= 2 * (ms[0] ?? 0), `it waited ${ms.join(', then ')} ms`)
})

test('kill -9 of the supervisor: the first process starts it again with all components, and no pod notices', async () => {
  const supervisor = cluster.processes().find(({ command }) => command.startsWith('node-agent supervise'))
  const startedAt = cluster.status().supervisor?.startedAt
  const first = cluster.pid
  process.kill(supervisor?.pid ?? Number.NaN, 'SIGKILL')
  await until('a new supervisor says that all is ready', () => {
    const { state, supervisor: now } = cluster.status()
    return state === 'running' && now?.startedAt !== startedAt
  })
  assert.match(cluster.log('agent'), /the supervisor ended \(signal: killed\); it is started again/)
  assert.is(cluster.pid, first)
  const commands = cluster.processes().map(({ command }) => command.split(' ')[0]?.replace(/^.*\//, ''))
  for (const name of ['etcd', 'kube-apiserver', 'kubelet', 'containerd', 'kube-proxy', 'slirp4netns']) {
    assert.is(commands.filter((each) => each === name).length, 1, `${name} runs once`)
  }
  await runPod('after-supervisor')
  assert.equal(await runningPods(cluster), pods)
  await workloadIsBack(cluster, proof)
})

/** Kills the node's first process; everything ends with it but what nobody is left to remove. */
async function killNode(): Promise<void> {
  process.kill(cluster.pid, 'SIGKILL')
  // Its cgroups are empty, and the kernel lets go of the link when it likes.
  const stays = /^(cgroups|links|routes): new: /
  let left: string[] = []
  await until('everything ends with the first process', async () => {
    left = hostChanges(before, await look()).filter((change) => !stays.test(change))
    return left.length === 0
  }).catch((error: Error) => assert.unreachable(`${error.message}\n${left.join('\n')}`))
}

function leaveCgroups(): void {
  for (const mount of cgroupHierarchies()) {
    mkdirSync(join(mount, `observable-${clusterId(cluster.settings)}`, 'kubepods', 'left'), { recursive: true })
  }
}

const acknowledged: string[] = []

for (const round of [1, 2]) {
  test(`kill -9 of everything right after an acknowledged write, round ${round}: up brings all of it back`, async () => {
    await remember()
    for (const n of [1, 2, 3]) {
      await cluster.kubectl(['create', 'configmap', `acknowledged-${round}-${n}`, `--from-literal=n=${n}`])
      acknowledged.push(`configmap/acknowledged-${round}-${n}`)
    }
    await killNode()
    const plan = await cluster.call(['run', 'plan', 'cluster'])
    assert.is(plan.code, 3)
    assert.match(plan.stdout, /cluster: stopped, its state is kept/)
    await cluster.must(['up', 'cluster'])
    assert.equal((await cluster.kubectl(['get', ...acknowledged, '-o', 'name'])).split('\n'), acknowledged)
    assert.is(await uid(cluster), firstUid)
    await workloadIsBack(cluster, proof)
  })
}

test('down ends everything, leaves the host as it was, and keeps the state', async () => {
  await remember()
  const { said } = await cluster.must(['run', 'down', 'cluster'])
  assert.match(said, /Kept .*e2e-life/)
  assert.equal(hostChanges(before, await look()), [])
  assert.is(cluster.status().state, 'stopped')
  assert.ok(readdirSync(join(places.state, 'volumes')).some((name) => name.endsWith('.img')))
})

test('an identity that is not the node’s is not taken for it', () => {
  const [boot = '', ticks = ''] = (processStart(process.pid) ?? '').split(':')
  const strangers = {
    'another process with this number': { pid: process.pid, start: `${boot}:${Number(ticks) - 1}` },
    'a process of another boot': { pid: process.pid, start: `00000000-0000-0000-0000-000000000000:${ticks}` },
    'a process that has ended': { pid: 4_194_303, start: `${boot}:1` },
  }
  mkdirSync(places.run, { recursive: true })
  for (const [what, identity] of Object.entries(strangers)) {
    writeFileSync(places.identity, JSON.stringify(identity))
    assert.is(cluster.status().state, 'stopped', what)
  }
  writeFileSync(places.identity, JSON.stringify({ pid: process.pid, start: `${boot}:${ticks}` }))
  assert.is.not(cluster.status().state, 'stopped', 'the right process is the node')
  writeFileSync(places.identity, '')
})

test('up recovers from what a crash of the machine leaves, and brings the workloads and their data back', async () => {
  const stranger = { pid: process.pid, start: 'another boot:1', id: '1.1', command: 'pnpm up cluster', since: '' }
  writeFileSync(places.identity, JSON.stringify(stranger))
  writeFileSync(places.status, '')
  writeFileSync(clusterLock(cluster.settings), JSON.stringify(stranger))
  mkdirSync(join(places.run, 'root', 'proc'), { recursive: true })
  const unfinished = join(places.state, 'volumes', 'pvc-of-a-crash.img.unfinished')
  writeFileSync(unfinished, 'half')
  leaveCgroups()
  // Older logs, and one that is due to be rotated.
  const log = join(places.logs, 'kube-scheduler.log')
  truncateSync(log, 21 << 20)
  for (const day of [1, 2, 3, 4, 5])
    writeFileSync(log.replace('.log', `-2020-01-0${day}T00-00-00.000.log`), `day ${day}`)

  await cluster.must(['up', 'cluster'])
  assert.is(await uid(cluster), firstUid)
  await workloadIsBack(cluster, proof)
  assert.not(existsSync(unfinished))

  const rotated = () => readdirSync(places.logs).filter((name) => name.startsWith('kube-scheduler-'))
  await until('three rotated logs are kept', () => rotated().length === 3)
  assert.ok(statSync(log).size < 20 << 20, 'the log was not rotated')
  assert.not(rotated().some((name) => name.includes('2020-01-01')))
})

test('a second cluster has its own subnet, link, ports and cgroups, and both answer', async () => {
  await remember()
  await second.must(['up', 'cluster'])
  const [one, two] = [cluster.status().config, second.status().config]
  const ports = (config: typeof one) => config?.forwards.map(({ port }) => port).join()
  assert.is.not(one?.network.subnet, two?.network.subnet)
  assert.is.not(one?.network.link, two?.network.link)
  assert.is.not(one?.cgroupRoot, two?.cgroupRoot)
  assert.is.not(ports(one), ports(two))
  assert.is.not(await uid(second), firstUid)
  for (const { forwards, listen } of [one, two].flatMap((config) => config ?? [])) {
    const { status } = await fetch(`http://${listen}:${forwards[0]?.port}/`)
    assert.is(status, 503, 'nothing is behind the ingress port, and that is said')
  }
  await workloadIsBack(cluster, proof)
})

test('down --purge of one removes its state and leaves the other alone', async () => {
  const etcd = second.componentPid('etcd')
  const { supervisor } = second.status()
  await cluster.must(['run', 'down', 'cluster', '--purge'])
  assert.not(existsSync(cluster.settings.clusterDir))
  const changes = hostChanges(before, await look()).filter((change) => !change.includes('e2e-life-second'))
  assert.equal(changes, [])
  assert.equal(second.status().supervisor?.components, supervisor?.components)
  assert.is(second.componentPid('etcd'), etcd)
  assert.is(await second.kubectl(['get', '--raw', '/readyz']), 'ok')
})

test('after a purge up makes another cluster', async () => {
  await second.must(['run', 'down', 'cluster', '--purge'])
  await cluster.must(['up', 'cluster'])
  assert.is.not(await uid(cluster), firstUid)
  assert.is((await cluster.probe(['get', acknowledged[0] ?? ''])).code, 1)
})

test('down after a kill -9 of the node removes what is left of it, and keeps the state', async () => {
  await remember()
  await killNode()
  const { said } = await cluster.must(['run', 'down', 'cluster'])
  assert.match(said, /removed leftovers of a killed node: .*cgroups .*observable-/)
  assert.equal(hostChanges(before, await look()), [])
  assert.ok(existsSync(places.state))
  assert.match((await cluster.must(['run', 'down', 'cluster'])).stdout, /nothing to do/)
  await cluster.must(['run', 'down', 'cluster', '--purge'])
  assert.not(existsSync(cluster.settings.clusterDir))
  assert.equal(hostChanges(before, await look()), [])
})

test('also when the state is gone', async () => {
  leaveCgroups()
  const plan = await cluster.must(['run', 'down', 'cluster', '--dry-run'])
  assert.match(plan.stdout, /leftovers of a killed node/)
  await cluster.must(['run', 'down', 'cluster'])
  assert.equal(hostChanges(before, await look()), [])
})

test.run()
