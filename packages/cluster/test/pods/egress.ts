import { lookup, resolve4 } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { environment, systemRunner } from '@platform/core'
import * as assert from 'uvu/assert'
import { httpGet } from '../support/http-get.ts'
import { outsideServer } from '../support/outside-server.ts'
import type { Group } from '../support/subject.ts'
import { container, idle, pod } from '../support/workloads.ts'

const namespace = 'e2e-egress'

/** Of the world outside: where the host can, a pod can. */
export const egress: Group = {
  objects: [pod(namespace, 'client', [container('client', idle)])],
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
    'a pod resolves the names that the host resolves, and no others': async ({ exec }) => {
      // A name that this machine uses anyhow: that of the package registry it is set up for.
      const { stdout } = await systemRunner.run(['npm', 'config', 'get', 'registry'], { env: environment() })
      const name = new URL(stdout.trim()).hostname
      const found = await resolve4(name).catch(() => [])
      const script = (host: string) => `nslookup -type=a ${host}. 2>&1 || true`
      const inPod = [...(await exec(namespace, 'client', script(name))).matchAll(/^Address: ([\d.]+)$/gm)]
      assert.is(inPod.length > 0, found.length > 0, `host: ${found.length} addresses, pod: ${inPod.length}`)
      await lookup('no-such-name.invalid').then(
        () => assert.unreachable('the host resolves what does not exist'),
        () => {},
      )
      assert.match(await exec(namespace, 'client', script('no-such-name.invalid')), /NXDOMAIN/)
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
