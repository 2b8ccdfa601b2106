import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseSlot, type HostUse, overlap, type Slot } from '../src/index.ts'

const settings = { NODE_SUBNET: undefined, INGRESS_PORT: undefined, INGRESS_TLS_PORT: undefined }
const host = (subnets: string[] = [], ports: number[] = []): HostUse => ({
  subnets: subnets.map((subnet) => ({ subnet, via: 'interface eth0' })),
  taken: (port) => ports.includes(port),
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
    'SUBNET_TAKEN',
    /NODE_SUBNET=192\.168\.1\.0\/24.*192\.168\.0\.0\/16.*eth0/,
  ],
  ['a port that is set and taken', { INGRESS_PORT: 80 }, host([], [80]), undefined, 'PORT_TAKEN', /INGRESS_PORT=80/],
  ['a port that the cluster had and is taken', {}, host([], [9443]), before, 'PORT_TAKEN', /INGRESS_TLS_PORT=9443/],
  ['nothing is free', {}, host(['10.0.0.0/8']), undefined, 'NO_FREE_SLOT', /no free subnet/],
] as const) {
  test(`refused: ${name}`, () => {
    try {
      chooseSlot({ ...settings, ...given }, use, earlier)
      assert.unreachable()
    } catch (error) {
      const { code: had, message, hint } = error as { code: string; message: string; hint: string }
      assert.is(had, code)
      assert.match(message, words)
      assert.match(hint, /pnpm up cluster/)
    }
  })
}

for (const [a, b, expected] of [
  ['10.0.0.0/24', '10.0.0.0/24', true],
  ['10.0.0.0/24', '10.0.1.0/24', false],
  ['10.0.0.0/8', '10.200.3.0/24', true],
  ['192.168.0.0/16', '192.169.0.0/16', false],
  ['200.1.2.3/32', '200.1.2.0/24', true],
] as const) {
  test(`${a} and ${b} ${expected ? 'overlap' : 'do not overlap'}`, () => assert.is(overlap(a, b), expected))
}

test.run()
