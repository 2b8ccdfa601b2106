import { PlatformError } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildNeeds } from '../src/preflight/build-needs.ts'
import { hostNeeds, missingCapabilities } from '../src/preflight/host-needs.ts'
import { checkCgroups, kernelNeeds } from '../src/preflight/kernel-needs.ts'
import { parseProbe } from '../src/preflight/kernel-probe.ts'
import { conflictingListener, parseListeners } from '../src/preflight/listeners.ts'
import { type Machine, parseKernelConfig } from '../src/preflight/machine.ts'
import { checkNeeds, failed, type Need, ok, requireNeeds } from '../src/preflight/need.ts'
import { networkNeeds, overlap, parseRoutes } from '../src/preflight/network-needs.ts'
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
  ['go', machine({ runner: fakeRunner(() => ({ exitCode: 127 })) }), /there is no Go/],
  ['go', machine({ runner: fakeRunner(() => '{"GOVERSION":"go1.21.3"}') }), /is 1\.21/],
  ['debian', machine({ find: (command) => (command === 'dpkg-deb' ? undefined : '/usr/bin/x') }), /no dpkg-deb/],
  ['disk', machine({ freeBytes: () => 3 * gib }), /3\.0 GiB free .*10 GiB are needed/],
]
for (const [id, on, detail] of bad) {
  test(`${id} fails: ${detail.source}`, async () => {
    const found = await lookAt(all, id, on)
    assert.is(found.status, 'failed', found.detail)
    assert.match(found.detail, detail)
    assert.ok(found.mend, 'it names no command that mends it')
  })
}
for (const [id, on] of [
  ['go', machine({ runner: fakeRunner(() => ({ exitCode: 127 })) })],
  ['disk', machine({ freeBytes: () => 3 * gib })],
] as const) {
  test(`${id} is no need any more once all is built`, async () =>
    assert.is((await lookAt(buildNeeds(true), id, on)).status, 'ok'))
}
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

const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1
   1: 00000000:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1
   2: 0100007F:1F91 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4713 1
`
const tcp6 = `  sl  local_address remote_address st
   0: 00000000000000000000000000000000:2328 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4714 1
   1: 0000000000000000FFFF00000100007F:2329 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4715 1
`
const listeners = [...parseListeners(tcp), ...parseListeners(tcp6)]
test('listening sockets are read, others are not', () =>
  assert.equal(
    listeners.map(({ address, port, inode }) => `${address} ${port} ${inode}`),
    ['127.0.0.1 8080 4711', '0.0.0.0 8443 4712', ':: 9000 4714', '127.0.0.1 9001 4715'],
  ))
const conflicts: [string, number, string | undefined][] = [
  ['127.0.0.1', 8080, '4711'],
  ['127.0.0.2', 8080, undefined],
  ['0.0.0.0', 8080, '4711'],
  ['127.0.0.2', 8443, '4712'],
  ['127.0.0.1', 9000, '4714'],
  ['127.0.0.1', 8081, undefined],
]
for (const [address, port, inode] of conflicts) {
  test(`${address}:${port} is ${inode ? 'taken' : 'free'}`, () =>
    assert.is(conflictingListener(listeners, address, port)?.inode, inode))
}

const routes = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
wg0\t0000C80A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`
test('routes are read, the default one is left out', () =>
  assert.equal(parseRoutes(routes), [
    { link: 'wg0', subnet: '10.200.0.0/16' },
    { link: 'eth0', subnet: '192.168.1.0/24' },
  ]))
const overlaps: [string, string, boolean][] = [
  ['10.200.0.0/24', '10.200.0.0/16', true],
  ['10.200.1.0/24', '10.200.0.0/24', false],
  ['10.200.0.1/32', '10.200.0.0/24', true],
  ['192.168.1.0/24', '10.0.0.0/8', false],
]
for (const [a, b, expected] of overlaps) {
  test(`${a} and ${b} ${expected ? 'share addresses' : 'are apart'}`, () => assert.is(overlap(a, b), expected))
}

const place = {
  listen: '127.0.0.1',
  ports: new Map([[8080, 'INGRESS_PORT']]),
  subnet: '10.200.0.0/24',
  link: 'node-1',
  running: false,
}
const network = { '/proc/net/tcp': tcp, '/proc/net/route': routes }
test('a taken port gives a setting that works', async () => {
  const found = await lookAt(networkNeeds(place), 'ports', machine({}, network))
  assert.is(found.status, 'failed')
  assert.match(found.detail, /port 8080 is held by/)
  assert.is(found.mend, 'INGRESS_PORT=8081 pnpm up cluster')
})
test('a taken subnet names the link that has it', async () => {
  const found = await lookAt(networkNeeds(place), 'subnet', machine({}, network))
  assert.match(found.detail, /wg0 has 10\.200\.0\.0\/16/)
  assert.is(found.mend, 'NODE_SUBNET=10.201.0.0/24 pnpm up cluster')
})
test('what is our own is not taken', async () => {
  const results = await checkNeeds(networkNeeds({ ...place, running: true }), machine({}, network))
  assert.equal(
    results.map(({ status }) => status),
    ['ok', 'ok'],
  )
})

const need = (id: string, found: ReturnType<typeof ok>): Need => ({
  id,
  what: `the ${id}`,
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
  const error = await thrown(need('a', ok('there')), need('b', failed('gone', 'mend b')))
  assert.equal([error?.code, error?.hint, error?.exitCode], ['NO_B', 'mend b', 2])
})
test('several are one error that names them all', async () => {
  const error = await thrown(need('a', failed('gone', 'mend a')), need('b', failed('broken')))
  assert.is(error?.code, 'PREFLIGHT_FAILED')
  assert.match(error?.message ?? '', /lacks 2 things[\s\S]*the a: gone\n\s+mend: mend a[\s\S]*the b: broken/)
})
test('a check that throws is a need that is not met', async () => {
  const broken: Need = {
    ...need('c', ok('')),
    check: () => {
      throw new PlatformError('X', 'it broke', { hint: 'do y' })
    },
  }
  const [found] = await checkNeeds([broken], machine())
  assert.equal([found?.status, found?.detail, found?.mend], ['failed', 'it broke', 'do y'])
})

test.run()
