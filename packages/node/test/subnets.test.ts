import type { PlatformError } from '@platform/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { dnsAddress, egressSubnet, freeSubnet, overlap, refuseMovedSubnets, refuseOverlaps } from '../src/index.ts'

const good = { NODE_SUBNET: undefined, POD_SUBNET: '10.244.0.0/16', SERVICE_SUBNET: '10.96.0.0/16' }

for (const [a, b, expected] of [
  ['10.0.0.0/24', '10.0.0.0/24', true],
  ['10.0.0.0/24', '10.0.1.0/24', false],
  ['10.0.0.0/8', '10.200.3.0/24', true],
  ['10.200.0.1/32', '10.200.0.0/24', true],
  ['192.168.0.0/16', '192.169.0.0/16', false],
  ['200.1.2.3/32', '200.1.2.0/24', true],
  ['0.0.0.0/0', '10.0.0.0/8', false],
] as const) {
  test(`${a} and ${b} ${expected ? 'overlap' : 'do not overlap'}`, () => {
    assert.is(overlap(a, b), expected)
    assert.is(overlap(b, a), expected)
  })
}

for (const [changes, names] of [
  [{ NODE_SUBNET: '10.244.3.0/24' }, ['NODE_SUBNET=10.244.3.0/24', 'POD_SUBNET=10.244.0.0/16']],
  [{ NODE_SUBNET: '10.96.3.0/24' }, ['NODE_SUBNET=10.96.3.0/24', 'SERVICE_SUBNET=10.96.0.0/16']],
  [{ NODE_SUBNET: egressSubnet }, [`NODE_SUBNET=${egressSubnet}`, egressSubnet]],
  [{ POD_SUBNET: '10.96.0.0/16' }, ['POD_SUBNET=10.96.0.0/16', 'SERVICE_SUBNET=10.96.0.0/16']],
  [{ POD_SUBNET: '10.201.0.0/16' }, ['POD_SUBNET=10.201.0.0/16', egressSubnet]],
  [{ SERVICE_SUBNET: '10.201.0.0/16' }, ['SERVICE_SUBNET=10.201.0.0/16', egressSubnet]],
] as const) {
  test(`refused: ${names.join(' and ')}`, () => {
    try {
      refuseOverlaps({ ...good, ...changes })
      assert.unreachable()
    } catch (error) {
      const { code, message, hint = '', exitCode } = error as PlatformError
      assert.equal([code, exitCode], ['SUBNET_CONFLICT', 2])
      for (const name of names) assert.ok(message.includes(name), `${name} is not in: ${message}`)
      const [, name = '', subnet = ''] = /^(\w+)=(\S+) pnpm up cluster$/.exec(hint) ?? []
      refuseOverlaps({ ...good, ...changes, [name]: subnet })
    }
  })
}

test('subnets that are apart are taken', () => refuseOverlaps({ ...good, NODE_SUBNET: '10.200.0.0/24' }))

for (const bits of [16, 24] as const) {
  test(`a free /${bits} is none of those given, and never the way out`, () => {
    const taken: string[] = [egressSubnet, '10.200.0.0/16']
    for (let n = 0; n < 12; n++) {
      const free = freeSubnet(bits, taken)
      assert.ok(free?.endsWith(`/${bits}`))
      assert.not(taken.some((each) => overlap(each, free ?? '')))
      taken.push(free ?? '')
    }
  })
}

test('where all is taken, none is named', () =>
  assert.is(freeSubnet(16, ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']), undefined))

for (const [subnet, address] of [
  ['10.96.0.0/16', '10.96.0.10'],
  ['172.20.0.0/16', '172.20.0.10'],
] as const) {
  test(`DNS of ${subnet} is ${address}`, () => assert.is(dnsAddress({ SERVICE_SUBNET: subnet }), address))
}

const made = { podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/16' }
const asked = { CLUSTER_NAME: 'c', POD_SUBNET: '10.244.0.0/16', SERVICE_SUBNET: '10.96.0.0/16' }

test('a cluster keeps the subnets that it was made with', () => refuseMovedSubnets(asked, made))

for (const name of ['POD_SUBNET', 'SERVICE_SUBNET'] as const) {
  test(`${name} can't be changed afterwards`, () => {
    assert.throws(
      () => refuseMovedSubnets({ ...asked, [name]: '10.50.0.0/16' }, made),
      (error: { code: string; message: string; exitCode: number }) =>
        error.code === 'SUBNET_IMMUTABLE' && error.exitCode === 2 && error.message.includes(`${name}=10.50.0.0/16`),
    )
  })
}

test.run()
