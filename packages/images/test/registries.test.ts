import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isProxied } from '../src/proxy.ts'
import { throughProxy } from '../src/registries.ts'

const test = suite('registries behind a proxy')
const HTTPS_PROXY = 'http://proxy.example:3128'

const hosts: readonly [what: string, host: string, env: Record<string, string>, proxied: boolean][] = [
  ['no proxy is set', 'quay.example', {}, false],
  ['an empty proxy is none', 'quay.example', { HTTPS_PROXY: '' }, false],
  ['a proxy of HTTP alone is not for registries', 'quay.example', { HTTP_PROXY: HTTPS_PROXY }, false],
  ['HTTPS_PROXY', 'quay.example', { HTTPS_PROXY }, true],
  ['in small letters', 'quay.example', { https_proxy: HTTPS_PROXY }, true],
  ['loopback by name', 'localhost:5000', { HTTPS_PROXY }, false],
  ['loopback by address', '127.0.0.1:5000', { HTTPS_PROXY }, false],
  ['NO_PROXY: the host', 'quay.example', { HTTPS_PROXY, NO_PROXY: 'a.example, quay.example' }, false],
  ['no_proxy: a domain above it', 'eu.quay.example', { HTTPS_PROXY, no_proxy: 'quay.example' }, false],
  ['not a name that only ends alike', 'my-quay.example', { HTTPS_PROXY, NO_PROXY: 'quay.example' }, true],
  ['.domain: what is below', 'eu.quay.example', { HTTPS_PROXY, NO_PROXY: '.quay.example' }, false],
  ['.domain: not itself', 'quay.example', { HTTPS_PROXY, NO_PROXY: '.quay.example' }, true],
  ['*.domain: what is below', 'eu.quay.example', { HTTPS_PROXY, NO_PROXY: '*.quay.example' }, false],
  ['letters of any size', 'Quay.Example', { HTTPS_PROXY, NO_PROXY: 'QUAY.example' }, false],
  ['*', 'quay.example', { HTTPS_PROXY, NO_PROXY: '*' }, false],
  ['a port that fits', 'quay.example:5000', { HTTPS_PROXY, NO_PROXY: 'quay.example:5000' }, false],
  ['the port of HTTPS', 'quay.example', { HTTPS_PROXY, NO_PROXY: 'quay.example:443' }, false],
  ['a port that does not fit', 'quay.example', { HTTPS_PROXY, NO_PROXY: 'quay.example:5000' }, true],
  ['an address', '10.1.2.3:5000', { HTTPS_PROXY, NO_PROXY: '10.1.2.3' }, false],
  ['a subnet', '10.1.2.3:5000', { HTTPS_PROXY, NO_PROXY: '10.0.0.0/8' }, false],
  ['outside of the subnet', '11.1.2.3', { HTTPS_PROXY, NO_PROXY: '10.0.0.0/8' }, true],
  ['a subnet says nothing of names', 'quay.example', { HTTPS_PROXY, NO_PROXY: '10.0.0.0/8' }, true],
  ['no subnet at all', '10.1.2.3', { HTTPS_PROXY, NO_PROXY: '10/8,/,10.0.0.0/99' }, true],
  ['an IPv6 address with a port', '[fd00::1]:5000', { HTTPS_PROXY, NO_PROXY: 'fd00::/8' }, false],
]

for (const [what, host, env, proxied] of hosts) {
  test(`${what}: ${proxied ? 'through the proxy' : 'asked directly'}`, () => assert.is(isProxied(host, env), proxied))
}

test('behind a proxy a registry counts as there and is not asked; beside it, it is asked', async () => {
  const asked: string[] = []
  const ask = async (host: string) => asked.push(host) < 0
  const probe = throughProxy({ HTTPS_PROXY, NO_PROXY: 'near.example' }, ask)
  assert.equal([await probe('far.example'), await probe('near.example')], [true, false])
  assert.equal(asked, ['near.example'])
})

test.run()
