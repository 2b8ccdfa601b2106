import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { holderOf, isInNode, listenersOn, parseListeners, parseRoutes } from '../src/index.ts'

const routes = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`
const sockets = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 0200007F:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
   3: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0 100 0 0 10 0
`

test('routes are read with their bytes in order', () => {
  assert.equal(parseRoutes(routes), [
    { subnet: '0.0.0.0/0', via: 'route over eth0' },
    { subnet: '192.0.2.0/24', via: 'route over eth0' },
  ])
})

const sockets6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4714 1
   1: 00000000000000000000000001000000:20FB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4715 1
   2: 0000000000000000FFFF00000100007F:2329 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4716 1
`

const listeners = [...parseListeners(sockets), ...parseListeners(sockets6)]

test('listening sockets are read, others are not', () =>
  assert.equal(
    listeners.map(({ address, port, inode }) => `${address} ${port} ${inode}`),
    ['127.0.0.1 8080 1', '0.0.0.0 80 2', '127.0.0.2 8443 3', ':: 8081 4714', 'other 8443 4715', '127.0.0.1 9001 4716'],
  ))

for (const [name, listen, expected] of [
  ['on loopback: its own ports and those of every address, of IPv6 too', '127.0.0.1', [8080, 80, 8081, 9001]],
  ['on another loopback address: not those of the first', '127.0.0.2', [80, 8443, 8081]],
  ['on every address: all of IPv4, and not ::1', '0.0.0.0', [8080, 80, 8443, 8081, 9001]],
] as const) {
  test(name, () => {
    const ports = [...new Set(listeners.map(({ port }) => port))]
    const taken = ports.filter((port) => listenersOn(listeners, listen, port).length > 0)
    assert.equal(taken, [...expected])
    assert.not(listenersOn(listeners, listen, 8443).some(({ address }) => address === 'other'))
  })
}

test('a socket is told by the process that has it, and whether that is inside of a node', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const [own] = listenersOn(parseListeners(readFileSync('/proc/net/tcp', 'utf8')), '127.0.0.1', port)
  assert.ok(own)
  assert.ok(holderOf(own).endsWith(` (pid ${process.pid})`), holderOf(own))
  assert.ok(isInNode(own, process.pid), 'the same pid namespace')
  assert.not(isInNode({ ...own, inode: '0' }, process.pid))
  assert.is(holderOf({ ...own, inode: '0' }), 'a process that does not show')
  server.close()
})

test.run()
