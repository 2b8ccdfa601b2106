import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { environment, repositoryRoot } from '@platform/core'
import { cgroupHierarchies, linkName, nodePlaces } from '@platform/node'
import { toolchainLocation } from '@platform/toolchain/state'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Ended,
  type Env,
  hostPids,
  OwnCluster,
  pnpm,
  type Started,
  start,
  temporaryFolder,
  until,
} from './support/cli.ts'
import { removeOnSignal } from './support/test-cluster.ts'

const folder = temporaryFolder('trouble')
const cluster = new OwnCluster('e2e-trouble', folder.path)
const places = nodePlaces(cluster.settings)
const { bin, nodeRoot } = toolchainLocation(cluster.settings)
let uid = ''

const readUid = () => cluster.kubectlAtLast(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'])

/** The command ended as it should, and says why and what to do. */
function refuses({ code, said }: Ended, expected: { code: number; says: readonly RegExp[]; hint: RegExp }): void {
  for (const pattern of [...expected.says, new RegExp(`hint: .*${expected.hint.source}`)]) {
    assert.ok(pattern.test(said), `${pattern} is not in:\n${said}`)
  }
  assert.is(code, expected.code, said)
  assert.not.match(said, /\n {4}at /, 'a stack is no clear error')
}

/** Nothing of a cluster is on the host: no files of it, no cgroup, no link. */
function nothingTouched({ settings }: OwnCluster): void {
  assert.not(existsSync(settings.clusterDir), `${settings.clusterDir} was made`)
  assert.not(existsSync(`/sys/class/net/${linkName(settings)}`), 'a link was made')
  const root = linkName(settings).replace('node-', 'observable-')
  assert.equal(
    cgroupHierarchies().filter((mount) => existsSync(join(mount, root))),
    [],
  )
}

/** Processes outside of the node that work for this test: of a command that has ended none must be left. */
function leftProcesses(): string[] {
  return hostPids().flatMap((pid) => {
    try {
      const foreign = !readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`STATE_DIR=${folder.path}\0`)
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      const inNode = /^NSpid:\t\d+\t/m.test(status)
      return foreign || inNode || /^State:\tZ/m.test(status)
        ? []
        : [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`]
    } catch {
      return [] // it has just ended
    }
  })
}

/** A free port of loopback with a listener on it. */
function listen(): Promise<Server & { readonly port: number }> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(Object.assign(server, { port: (server.address() as { port: number }).port })),
    )
  })
}

/** A fresh, empty folder of this test. */
function emptyFolder(name: string, mode = 0o755): string {
  const path = join(folder.path, name)
  mkdirSync(path, { recursive: true })
  chmodSync(path, mode)
  return path
}

/** `up cluster` by way of another command that sets something up for it alone. */
function upThrough(command: readonly string[], env: Env): Promise<Ended> {
  return start([...command, ...pnpm('up', 'cluster')], { ...cluster.env, ...env }).ended
}

test.before(async () => {
  if (!existsSync(nodeRoot)) await cluster.must(['toolchain:build'])
})

async function removeAll(): Promise<void> {
  await cluster.must(['run', 'down', 'cluster', '--purge'])
  folder.remove()
}

test.after(removeAll)
removeOnSignal(removeAll)

test('wrong settings are told all at once, and nothing is touched', async () => {
  const ended = await cluster.call(['up', 'cluster'], { NODE_SUBNET: '10.0.0.0/8', INGRESS_PORT: '70000' })
  refuses(ended, {
    code: 2,
    says: [/INVALID_SETTINGS: 2 settings are wrong/, /NODE_SUBNET=10\.0\.0\.0\/8/, /INGRESS_PORT=70000/],
    hint: /\.env\.example/,
  })
  nothingTouched(cluster)
})

test('a port that is taken is refused with the name of its holder', async () => {
  const server = await listen()
  try {
    const ended = await cluster.call(['up', 'cluster'], { INGRESS_PORT: String(server.port) })
    refuses(ended, {
      code: 2,
      says: [/PORT_IN_USE/, new RegExp(`port ${server.port} is held by \\S.* \\(pid ${process.pid}\\)`)],
      hint: /INGRESS_PORT=\d+ pnpm up cluster/,
    })
    nothingTouched(cluster)
  } finally {
    server.close()
  }
})

test('a subnet that is taken is refused with the name of the link', async () => {
  // In a network namespace of its own: the host's links stay as they are.
  const taken = `chroot ${nodeRoot} /usr/sbin/ip link add taken0 type veth peer name taken1
    chroot ${nodeRoot} /usr/sbin/ip address add 10.231.9.1/24 dev taken0
    chroot ${nodeRoot} /usr/sbin/ip link set taken0 up
    exec "$@"`
  const ended = await upThrough(['unshare', '-n', 'sh', '-ec', taken, 'sh'], { NODE_SUBNET: '10.231.9.0/24' })
  refuses(ended, {
    code: 2,
    says: [/SUBNET_IN_USE/, /10\.231\.9\.0\/24/, /taken0/],
    hint: /NODE_SUBNET=\S+ pnpm up cluster/,
  })
  nothingTouched(cluster)
})

/**
 * Words that run a command as nobody, who sees these folders at their own paths: where one lies in a folder that is not
 * everybody's, that folder is covered, for this command alone.
 */
function asNobody(folders: readonly string[]): string[] {
  const closed = folders.flatMap((path) => ancestors(path).find((each) => (statSync(each).mode & 1) === 0) ?? [])
  const hold = (n: number) => emptyFolder(`nobody/${n}`)
  const script = [
    'mount --make-rprivate /',
    ...folders.map((path, n) => `mount --bind ${path} ${hold(n)}`),
    ...[...new Set(closed)].map((path) => `mount -t tmpfs -o mode=755 cover ${path}`),
    ...folders.map((path, n) => `[ -d ${path} ] || { mkdir -p ${path}; mount --bind ${hold(n)} ${path}; }`),
    `cd ${repositoryRoot}`,
    'exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"',
  ]
  return ['unshare', '-m', 'sh', '-ec', script.join('\n'), 'sh']
}

/** The folders above a path, the outermost first. */
function ancestors(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [] : [...ancestors(parent), parent]
}

test('who is not root is told to be', async () => {
  chmodSync(folder.path, 0o755)
  const home = emptyFolder('nobody/home')
  chownSync(home, 65_534, 65_534)
  const ours = pnpm('up', 'cluster').filter((word) => word.startsWith('/'))
  const readable = [repositoryRoot, ...ours.map((file) => dirname(dirname(realpathSync(file))))]
  const ended = await upThrough(asNobody(readable), {
    ...{ STATE_DIR: join(home, 'state'), HOME: home, XDG_CACHE_HOME: undefined, CACHE_DIR: undefined },
  })
  refuses(ended, { code: 2, says: [/ROOT_REQUIRED/, /uid 65534/], hint: /sudo/ })
  nothingTouched(new OwnCluster('e2e-trouble', join(home, 'state')))
})

test('without Go and without pip, what must be built says so', async () => {
  const path = emptyFolder('path-without-go')
  for (const from of (environment().PATH ?? '').split(delimiter).filter((each) => existsSync(each))) {
    for (const name of readdirSync(from).filter((each) => !/^(go(fmt)?([\d.-].*)?|python.*|pip.*)$/.test(each))) {
      if (!existsSync(join(path, name))) symlinkSync(join(from, name), join(path, name))
    }
  }
  const ended = await cluster.call(['up', 'cluster'], { PATH: path, CACHE_DIR: emptyFolder('no-go') })
  refuses(ended, { code: 2, says: [/GO_MISSING/, /no Go on PATH/], hint: /python3-pip.*toolchain:import/ })
  nothingTouched(cluster)
})

test('registries that do not answer are told by name, soon', async () => {
  const nowhere = 'http://127.0.0.1:1'
  const ended = await cluster.call(['up', 'cluster'], {
    ...{ CACHE_DIR: emptyFolder('offline'), GOMODCACHE: emptyFolder('no-modules'), GOFLAGS: '-modcacherw' },
    ...{ GOPROXY: nowhere, DEBIAN_MIRROR: nowhere },
  })
  refuses(ended, { code: 1, says: [/(REGISTRY|DEBIAN)_UNREACHABLE/, /127\.0\.0\.1:1/], hint: /\S/ })
  nothingTouched(cluster)
})

test('while one up runs, another up and a down say who holds the lock, and the first is not disturbed', async () => {
  const first = cluster.start(['up', 'cluster'])
  await first.says(/making the namespaces|start the API/)
  const others = await Promise.all([
    cluster.call(['up', 'cluster']),
    cluster.call(['run', 'down', 'cluster', '--purge']),
  ])
  for (const other of others) {
    refuses(other, { code: 1, says: [/LOCKED: `pnpm up cluster` \(pid \d+\) has held/], hint: /kill -TERM \d+/ })
  }
  const { code, said } = await first.ended
  assert.is(code, 0, said)
  uid = await readUid()
  await cluster.must(['run', 'down', 'cluster'])
})

/** Interrupts an `up` when it says something, and looks at what is left of it. */
async function interruptedUp(when: RegExp, how: (up: Started) => void): Promise<Ended> {
  const up = cluster.start(['up', 'cluster'])
  await up.says(when)
  how(up)
  const ended = await up.ended
  await until('no process of the command is left', () => leftProcesses().length === 0, 5_000).catch(() =>
    assert.equal(leftProcesses(), []),
  )
  assert.match(ended.said, /INTERRUPTED|interrupted/)
  return ended
}

test('Ctrl-C in the middle of an up ends it with 130 and leaves nothing outside of the node', async () => {
  const { code, said } = await interruptedUp(/waiting for the API server/, (up) => up.interrupt())
  assert.is(code, 130, said)
})

test('SIGTERM in the middle of the next one ends it with 143', async () => {
  const { code, said } = await interruptedUp(/cluster ▸ /, (up) => up.kill('SIGTERM'))
  assert.is(code, 143, said)
})

test('down after an interrupted up stops what it had begun', async () => {
  await cluster.must(['run', 'down', 'cluster'])
  assert.is(cluster.status().state, 'stopped')
  assert.not(existsSync(`/sys/class/net/${linkName(cluster.settings)}`))
})

test('up recovers from all of it: interrupted ups, and a corrupt node.json', async () => {
  writeFileSync(places.config, '{"name": "e2e-trou')
  const plan = await cluster.call(['run', 'plan', 'cluster'])
  assert.match(plan.stdout, /its state is kept/)
  await cluster.must(['up', 'cluster'])
  assert.is(await readUid(), uid)
  await cluster.must(['run', 'verify', 'cluster'])
})

for (const [what, damage] of [
  ['damaged', () => writeFileSync(places.kubeconfig, 'apiVersion: v1\nkind: [')],
  ['empty', () => writeFileSync(places.kubeconfig, '')],
] as const) {
  test(`a kubeconfig that is ${what} is written again by up`, async () => {
    const first = cluster.pid
    damage()
    assert.is.not((await cluster.probe(['get', 'nodes'])).code, 0)
    await cluster.must(['up', 'cluster'])
    assert.is(await readUid(), uid)
    assert.is(cluster.pid, first)
  })
}

for (const [what, settings, says] of [
  [
    'a port that is taken',
    (port: number) => ({ INGRESS_PORT: `${port}` }),
    [/PORT_IN_USE/, /is held by \S.* \(pid \d+\)/],
  ],
  ['a subnet that is taken', () => ({ NODE_SUBNET: '127.0.0.0/24' }), [/SUBNET_IN_USE/, /127\.0\.0\.1\/8.*lo/]],
  [
    'a subnet that the node uses itself',
    () => ({ NODE_SUBNET: '10.201.0.0/24' }),
    [/SUBNET_CONFLICT/, /NODE_SUBNET=10\.201\.0\.0\/24 .*10\.201\.0\.0\/24/],
  ],
  [
    'another subnet for its Services',
    () => ({ SERVICE_SUBNET: '10.97.0.0/16' }),
    [/SUBNET_IMMUTABLE/, /SERVICE_SUBNET=10\.97\.0\.0\/16.*made with 10\.96\.0\.0\/16/],
  ],
] as const) {
  test(`${what} does not end a cluster that runs`, async () => {
    const { pid } = cluster
    const { supervisor } = cluster.status()
    const server = await listen()
    try {
      const ended = await cluster.call(['up', 'cluster'], settings(server.port))
      refuses(ended, { code: 2, says, hint: /_(PORT|SUBNET)=\S+ pnpm up cluster/ })
    } finally {
      server.close()
    }
    assert.is(cluster.pid, pid)
    assert.equal(cluster.status().supervisor?.components, supervisor?.components)
  })
}

test('what a cluster that runs holds itself is not taken', async () => {
  const [http, https] = cluster.status().config?.forwards.map(({ port }) => `${port}`) ?? []
  const plan = await cluster.call(['run', 'plan', 'cluster'], { INGRESS_PORT: https, INGRESS_TLS_PORT: http })
  assert.is(plan.code, 3, plan.said)
  assert.match(plan.stdout, /update the node/)
})

test('up waits for an API server that was killed', async () => {
  const { pid } = cluster
  process.kill(cluster.componentPid('kube-apiserver'), 'SIGKILL')
  await cluster.must(['up', 'cluster'])
  assert.is(cluster.pid, pid)
  assert.is((await cluster.probe(['get', 'nodes'])).code, 0, 'up has ended, and the API does not answer')
})

test('a node.json that is damaged while the node runs does not hide the node', async () => {
  const first = cluster.pid
  const { network } = JSON.parse(readFileSync(places.config, 'utf8'))
  writeFileSync(places.config, '')
  const { stdout } = await cluster.must(['up', 'cluster'])
  assert.match(stdout, /nothing to do/)
  assert.is(cluster.pid, first)
  await cluster.must(['run', 'down', 'cluster'])
  assert.is(cluster.status().state, 'stopped')
  assert.equal(cluster.status().config?.network, network, 'the next start takes the same subnet')
})

/** A cluster whose state is on a small disk: a tmpfs in a mount namespace that the host does not see. */
async function onSmallDisk(sizeMiB: number, work: (disk: SmallDisk) => Promise<void>): Promise<void> {
  const path = emptyFolder('small-disk')
  const mount = `mount --make-rprivate /; mount -t tmpfs -o size=${sizeMiB}m small ${path}; echo mounted; exec sleep 900`
  const holder = start(['unshare', '-m', 'sh', '-ec', mount])
  await holder.says(/mounted/)
  const inside = ['nsenter', `--mount=/proc/${holder.pid}/ns/mnt`, '--']
  const run = (command: readonly string[], env: Env = {}, input?: string) =>
    start([...inside, ...command], env, input).ended
  try {
    await work({ path, inside, run })
  } finally {
    holder.kill('SIGKILL')
    await holder.ended
  }
}

interface SmallDisk {
  readonly path: string
  /** The words before a command that sees the disk. */
  readonly inside: readonly string[]
  run(command: readonly string[], env?: Env, input?: string): Promise<Ended>
}

test('a disk that is too small is refused before anything is made', async () => {
  await onSmallDisk(64, async ({ path, run }) => {
    const full = new OwnCluster('e2e-full', path)
    const ended = await run(inCheckout(pnpm('up', 'cluster')), full.env)
    refuses(ended, { code: 2, says: [/DISK_FULL/, /GiB free in .*STATE_DIR can name/], hint: /df -h/ })
    nothingTouched(full)
  })
})

/** nsenter begins in the root folder. */
function inCheckout(command: readonly string[]): string[] {
  return ['sh', '-c', `cd ${repositoryRoot} && exec "$@"`, 'sh', ...command]
}

test('a disk that fills loses nothing that was acknowledged, and the cluster goes on when there is room again', async () => {
  await onSmallDisk(2600, async ({ path, run, inside }) => {
    const full = new OwnCluster('e2e-full', path)
    const must = async (words: readonly string[]) => {
      const ended = await run(inCheckout(pnpm(...words)), full.env)
      assert.is(ended.code, 0, ended.said)
    }
    const tool = [join(bin, 'kubectl'), `--kubeconfig=${join(full.settings.clusterDir, 'kubeconfig')}`]
    const kubectl = (args: readonly string[], input?: string) => run([...tool, ...args], full.env, input)
    const resize = async (size: string) => {
      const { code, said } = await run(['mount', '-o', `remount,size=${size}`, path])
      assert.is(code, 0, said)
    }
    try {
      await must(['up', 'cluster'])
      const used = Number((await run(['df', '--output=used', path])).stdout.split('\n')[1])
      await resize(`${used + 64}k`)
      const acknowledged: string[] = []
      let refused: Ended | undefined
      for (let n = 0; n < 60 && !refused; n++) {
        const object = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: `fill-${n}` },
          data: { fill: `${n}`.padEnd(900_000, '.') },
        }
        const ended = await kubectl(['create', '--request-timeout=10s', '-f', '-'], JSON.stringify(object))
        if (ended.code === 0) acknowledged.push(`configmap/fill-${n}`)
        else refused = ended
      }
      assert.ok(acknowledged.length > 0, 'a first write fits what etcd has reserved')
      assert.ok(refused, 'the disk never filled')
      const filler = join(path, 'filler')
      await run(['dd', 'if=/dev/zero', `of=${filler}`, 'bs=4k'])
      const up = await run(inCheckout(pnpm('up', 'cluster')), full.env)
      refuses(up, { code: 1, says: [/DISK_FULL/], hint: /df / })

      await run(['rm', filler])
      await resize('2600m')
      await until('the API answers again', async () => (await kubectl(['get', '--raw', '/readyz'])).code === 0)
      await must(['up', 'cluster'])
      const { stdout } = await kubectl(['get', ...acknowledged, '-o', 'name'])
      assert.equal(stdout.trim().split('\n'), acknowledged)
      assert.is((await kubectl(['create', 'configmap', 'room-again'])).code, 0)
    } finally {
      await start([...inside, ...inCheckout(pnpm('run', 'down', 'cluster', '--purge'))], full.env).ended
    }
    nothingTouched(full)
  })
})

test.run()
