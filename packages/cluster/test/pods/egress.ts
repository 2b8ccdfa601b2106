import { lookup, resolve4 } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { systemRunner } from '@platform/core'
import * as assert from 'uvu/assert'
import { httpGet } from '../support/http-get.ts'
import { outsideServer } from '../support/outside-server.ts'
import type { Group } from '../support/subject.ts'
import { container, idle, pod } from '../support/workloads.ts'

const namespace = 'e2e-egress'

/** A name that the host's own DNS server knows now, of those that this machine uses anyhow. */
const known = await nameKnownToHost()

async function nameKnownToHost(): Promise<{ name: string; addresses: string[] } | undefined> {
  for (const command of [
    ['npm', 'config', 'get', 'registry'],
    ['go', 'env', 'GOPROXY'],
  ]) {
    const { stdout } = await systemRunner.probe(command).catch(() => ({ stdout: '' }))
    const url = stdout.trim().split(/[,|]/)[0] ?? ''
    const name = URL.canParse(url) ? new URL(url).hostname : ''
    const addresses = name && !isIP(name) ? await resolve4(name).catch(() => []) : []
    if (addresses.length) return { name, addresses }
  }
  return undefined
}

const sameName = 'a pod resolves a name that the host resolves, to the same addresses'
const lookupScript = (name: string) => `nslookup -type=a ${name}. 2>&1 || true`

/** Of the world outside: where the host can, a pod can. */
export const egress: Group = {
  objects: [pod(namespace, 'client', [container('client', idle)])],
  skipped: known ? {} : { [sameName]: "the host's DNS server knows neither the npm registry nor the Go proxy" },
  rows: {
    'a pod reaches a machine beyond the host, in the name of the host': async ({ ready, exec }) => {
      const server = await outsideServer()
      try {
        await ready(namespace, 'client')
        const said = await exec(namespace, 'client', `wget -T 10 -qO- ${server.url}`)
        assert.is(said, `hello ${server.hostAddress}`)
      } finally {
        await server.close()
      }
    },
    [sameName]: async ({ ready, exec }) => {
      await ready(namespace, 'client')
      const said = await exec(namespace, 'client', lookupScript(known?.name ?? ''))
      const inPod = [...said.matchAll(/^Address: ([\d.]+)$/gm)].map(([, address = '']) => address)
      assert.ok(inPod.length > 0, said)
      // A name of many addresses shows others each time.
      const onHost = [...(known?.addresses ?? []), ...(await resolve4(known?.name ?? ''))]
      assert.ok(
        inPod.some((address) => onHost.includes(address)),
        `pod: ${inPod}, host: ${onHost}`,
      )
    },
    'a pod does not resolve what the host does not': async ({ ready, exec }) => {
      await ready(namespace, 'client')
      await lookup('no-such-name.invalid').then(
        () => assert.unreachable('the host resolves what does not exist'),
        () => {},
      )
      assert.match(await exec(namespace, 'client', lookupScript('no-such-name.invalid')), /NXDOMAIN/)
    },
    "the host's own loopback is out of a pod's reach": async ({ exec, cluster }) => {
      const { egressSubnet } = cluster.node().config.network
      const gateway = egressSubnet.replace(/\.\d+\/\d+$/, '.2')
      let asked = 0
      const server = createServer((_, response) => {
        asked++
        response.end('host')
      }).listen(0, '127.0.0.1')
      try {
        await once(server, 'listening')
        const { port } = server.address() as AddressInfo
        assert.is((await httpGet(`http://127.0.0.1:${port}/`)).body, 'host')
        for (const address of [gateway, '127.0.0.1', cluster.node().config.network.hostAddress]) {
          const said = await exec(namespace, 'client', `wget -T 3 -qO- http://${address}:${port}/ 2>&1 || echo refused`)
          assert.match(said, /refused$/, address)
        }
        assert.is(asked, 1)
      } finally {
        server.close()
      }
    },
  },
}
