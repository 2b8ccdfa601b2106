import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { systemRunner } from '@platform/core'
import { eventually } from './eventually.ts'

/** A machine that the host reaches over a link of its own, as seen from here. */
export interface OutsideServer {
  readonly url: string
  /** The host's address on the link: who asks in the name of the host comes from there. */
  readonly hostAddress: string
  close(): Promise<void>
}

const link = 'e2e-outside'
const hostAddress = '10.200.251.1'
const address = '10.200.251.2'

const server = `
const { createServer } = require('node:http')
createServer((request, response) => response.end('hello ' + request.socket.remoteAddress.replace('::ffff:', '')))
  .listen(8080, () => console.log('listening'))
`

/** A network namespace with an HTTP server in it and a link to the host; its process takes all of it along. */
export async function outsideServer(): Promise<OutsideServer> {
  const machine = spawn('unshare', ['--net', process.execPath, '-e', server], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(machine.stdout as NonNullable<ChildProcess['stdout']>, 'data')
    const inside = ['nsenter', `--net=/proc/${machine.pid}/ns/net`]
    for (const command of [
      ['ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(machine.pid)],
      ['ip', 'address', 'add', `${hostAddress}/24`, 'dev', link],
      ['ip', 'link', 'set', link, 'up'],
      [...inside, 'ip', 'address', 'add', `${address}/24`, 'dev', 'eth0'],
      [...inside, 'ip', 'link', 'set', 'eth0', 'up'],
    ]) {
      await systemRunner.run(command)
    }
  } catch (error) {
    await end(machine)
    throw error
  }
  return { url: `http://${address}:8080/`, hostAddress, close: () => end(machine) }
}

async function end(machine: ChildProcess): Promise<void> {
  machine.kill('SIGKILL')
  await eventually(`the link ${link} is gone`, 10_000, async () => {
    const { exitCode } = await systemRunner.probe(['ip', 'link', 'show', link])
    return exitCode !== 0
  })
}
