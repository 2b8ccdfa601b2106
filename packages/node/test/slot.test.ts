import { ExitCode, type PlatformError } from '@platform/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseSlot, type HostUse, type Slot } from '../src/index.ts'

const settings = {
  ...{ NODE_SUBNET: undefined, INGRESS_PORT: undefined, INGRESS_TLS_PORT: undefined },
  ...{ POD_SUBNET: '10.244.0.0/16', SERVICE_SUBNET: '10.96.0.0/16' },
}
const host = (subnets: string[] = [], ports: number[] = []): HostUse => ({
  subnets: subnets.map((subnet) => ({ subnet, via: 'interface eth0' })),
  listener: (port) => (ports.includes(port) ? { port, address: '127.0.0.1', inode: '1' } : undefined),
  holder: () => 'nginx (pid 812)',
})
const before: Slot = { subnet: '10.200.7.0/24', ingressPort: 9090, ingressTlsPort: 9443 }

for (const [name, use, earlier, expected] of [
  ['the first cluster gets the first slot', host(), undefined, ['10.200.0.0/24', 8080, 8443]],
  ['a second one gets the next', host(['10.200.0.1/24'], [8080, 8443]), undefined, ['10.200.1.0/24', 8081, 8444]],
  ['a taken port moves a new cluster on', host([], [8080]), undefined, ['10.200.1.0/24', 8081, 8444]],
  [
    'a route over the whole of 10.200.0.0/23 moves it on',
    host(['10.200.0.0/23']),
    undefined,
    ['10.200.2.0/24', 8082, 8445],
  ],
  ['the default route collides with nothing', host(['0.0.0.0/0']), undefined, ['10.200.0.0/24', 8080, 8443]],
  ['a cluster keeps what it had', host(), before, ['10.200.7.0/24', 9090, 9443]],
  ['its subnet moves when it is taken, its ports stay', host(['10.200.7.9/32']), before, ['10.200.0.0/24', 9090, 9443]],
] as const) {
  test(name, () => {
    const { subnet, ingressPort, ingressTlsPort } = chooseSlot(settings, use, earlier)
    assert.equal([subnet, ingressPort, ingressTlsPort], [...expected])
  })
}

for (const [name, given, use, earlier, code, words] of [
  [
    'a subnet that is set and taken',
    { NODE_SUBNET: '192.168.1.0/24' },
    host(['192.168.0.0/16']),
    undefined,
    'SUBNET_IN_USE',
    /NODE_SUBNET=192\.168\.1\.0\/24.*192\.168\.0\.0\/16.*eth0/,
  ],
  [
    'a port that is set and taken',
    { INGRESS_PORT: 80 },
    host([], [80]),
    undefined,
    'PORT_IN_USE',
    /INGRESS_PORT=80: port 80 is held by nginx \(pid 812\)/,
  ],
  ['a port that the cluster had and is taken', {}, host([], [9443]), before, 'PORT_IN_USE', /INGRESS_TLS_PORT=9443/],
  ['a port twice', { INGRESS_PORT: 9443 }, host(), before, 'PORT_CONFLICT', /INGRESS_PORT and INGRESS_TLS_PORT/],
  [
    'a subnet that is set and the way out of the node',
    { NODE_SUBNET: '10.201.0.0/24' },
    host(),
    undefined,
    'SUBNET_CONFLICT',
    /NODE_SUBNET=10\.201\.0\.0\/24 .*10\.201\.0\.0\/24/,
  ],
  ['nothing is free', {}, host(['10.0.0.0/8']), undefined, 'NO_FREE_SUBNET', /no free subnet/],
  ['Pods leave no room', { POD_SUBNET: '10.200.0.0/16' }, host(), undefined, 'NO_FREE_SUBNET', /no free subnet/],
] as const) {
  test(`refused: ${name}`, () => {
    try {
      chooseSlot({ ...settings, ...given }, use, earlier)
      assert.unreachable()
    } catch (error) {
      const { code: had, message, hint, exitCode } = error as PlatformError
      assert.equal([had, exitCode], [code, ExitCode.usage])
      assert.match(message, words)
      assert.match(hint ?? '', /pnpm up cluster$/)
    }
  })
}

test('what a cluster had it does not keep when its own Pods would get it', () => {
  const { subnet } = chooseSlot({ ...settings, POD_SUBNET: '10.199.0.0/16' }, host(), before)
  assert.is(subnet, '10.200.7.0/24')
  const old = { ...before, subnet: '10.199.7.0/24' }
  assert.is(chooseSlot({ ...settings, POD_SUBNET: '10.199.0.0/16' }, host(), old).subnet, '10.200.0.0/24')
})

test('the ports of one cluster differ', () => {
  const { ingressPort, ingressTlsPort } = chooseSlot({ ...settings, INGRESS_PORT: 8443 }, host())
  assert.equal([ingressPort, ingressTlsPort], [8443, 8444])
})

test.run()
