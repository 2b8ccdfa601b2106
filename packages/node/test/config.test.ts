import { readFileSync } from 'node:fs'
import { loadSettings } from '@platform/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nodeConfig, proxyEnvironment } from '../src/index.ts'

const slot = { subnet: '10.200.3.0/24', ingressPort: 8083, ingressTlsPort: 8446 }
const toolchain = { bin: '/cache/bin', nodeRoot: '/cache/root', id: 'x' }
const configOf = (env: Record<string, string>) =>
  nodeConfig({
    settings: loadSettings({ env: { HOME: '/home/u', ...env }, root: '/checkout' }),
    toolchain,
    slot,
    pauseImage: 'registry.example/pause:1',
    environment: [],
  })

test('the same settings make the same config', () => assert.equal(configOf({}), configOf({})))

test('two clusters of one checkout share neither link nor cgroups', () => {
  const [a, b] = [configOf({ CLUSTER_NAME: 'a' }), configOf({ CLUSTER_NAME: 'b' })]
  assert.is.not(a.network.link, b.network.link)
  assert.is.not(a.cgroupRoot, b.cgroupRoot)
})

test('nor do clusters of the same name in two checkouts', () => {
  assert.is.not(configOf({ STATE_DIR: '/one' }).cgroupRoot, configOf({ STATE_DIR: '/two' }).cgroupRoot)
})

test("the link's name is one that the kernel takes: 15 characters at most", () => {
  assert.ok(configOf({ CLUSTER_NAME: 'a-cluster-with-quite-a-long-nam'.slice(0, 30) }).network.link.length <= 15)
})

test('addresses come from the slot and the subnets of the settings', () => {
  const { network } = configOf({ SERVICE_SUBNET: '172.20.0.0/16', POD_SUBNET: '172.21.0.0/16' })
  assert.is(network.hostAddress, '10.200.3.1')
  assert.is(network.nodeAddress, '10.200.3.2')
  assert.equal(network.loadBalancers, ['10.200.3.16', '10.200.3.254'])
  assert.is(network.clusterDNS, '172.20.0.10')
  assert.is(network.podSubnet, '172.21.0.0/16')
})

test("every key of the config is one that the agent's Config has", () => {
  const source = readFileSync(new URL('../agent/config.go', import.meta.url), 'utf8')
  const known = [...source.matchAll(/json:"(\w+)"/g)].map(([, name]) => name)
  const keys = (value: object): string[] =>
    Object.entries(value).flatMap(([key, inner]) => [
      key,
      ...(inner && typeof inner === 'object' && !Array.isArray(inner) ? keys(inner) : []),
    ])
  for (const key of keys(configOf({}))) assert.ok(known.includes(key), key)
})

test("only the host's proxy settings are handed on", () => {
  assert.equal(proxyEnvironment({ HTTPS_PROXY: 'http://p:1', SECRET: 'x', no_proxy: 'localhost' }), [
    'HTTPS_PROXY=http://p:1',
    'no_proxy=localhost',
  ])
})

test.run()
