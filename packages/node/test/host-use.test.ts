import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseListening, parseRoutes } from '../src/index.ts'

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

for (const [name, listen, expected] of [
  ['on loopback: its own ports and those of every address', '127.0.0.1', [8080, 80]],
  ['on another loopback address: not those of the first', '127.0.0.2', [80, 8443]],
  ['on every address: all of them', '0.0.0.0', [8080, 80, 8443]],
] as const) {
  test(name, () => assert.equal(parseListening(sockets, listen), [...expected]))
}

const sockets6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000
   1: 00000000000000000000000001000000:20FB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000
`

test('a socket on every address of IPv6 has the port of IPv4 too, one on ::1 has not', () => {
  assert.equal(parseListening(sockets6, '127.0.0.1'), [8080])
})

test.run()
