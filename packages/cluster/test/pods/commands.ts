import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { httpGet } from '../support/http-get.ts'
import type { Group } from '../support/subject.ts'
import { container, pod, serveHostname } from '../support/workloads.ts'

const namespace = 'e2e-commands'
const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

/** Of kubectl: exec, logs, cp, port-forward. */
export const commands: Group = {
  objects: [pod(namespace, 'server', [container('server', `echo to stdout; echo to stderr >&2; ${serveHostname}`)])],
  rows: {
    'exec: stdin, stdout and the exit code get through': async ({ ready, kubectl }) => {
      await ready(namespace, 'server')
      const command = ['exec', '-i', '-n', namespace, 'server', '--', 'sh', '-c', 'tr a-z A-Z; exit 7']
      const { stdout, exitCode } = await kubectl.probe(command, { input: 'shout' })
      assert.equal([stdout, exitCode], ['SHOUT', 7])
    },
    'logs: both streams, and the life before the last one': async ({ kubectl }) => {
      const { stdout } = await kubectl.run(['logs', '-n', namespace, 'server'])
      assert.equal(stdout.trim().split('\n').sort(), ['to stderr', 'to stdout'])
      // restarted by its liveness probe, in probes.ts
      const before = await kubectl.run(['logs', '-n', 'e2e-probes', 'sick', '--previous'])
      assert.is(before.stdout.trim(), 'life')
    },
    'cp: a file there and back': async ({ kubectl, exec, cluster }) => {
      await kubectl.run(['cp', '-n', namespace, 'package.json', 'server:/tmp/copied'], { cwd: packageFolder })
      assert.match(await exec(namespace, 'server', 'cat /tmp/copied'), /"@platform\/cluster"/)
      await kubectl.run(['cp', '-n', namespace, 'server:/tmp/www/index.html', 'back'], {
        cwd: cluster.settings.stateDir,
      })
      assert.is(readFileSync(join(cluster.settings.stateDir, 'back'), 'utf8'), 'server\n')
    },
    'port-forward: a port of the host leads into the pod': async ({ kubectl }) => {
      const stop = new AbortController()
      let say: (port: string) => void = () => {}
      const port = new Promise<string>((resolve) => {
        say = resolve
      })
      const forwarding = kubectl.probe(['port-forward', '-n', namespace, 'pod/server', ':8080'], {
        signal: stop.signal,
        onLine: (line) => {
          const found = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line)?.[1]
          if (found) say(found)
        },
      })
      try {
        const ended = forwarding.then(({ stderr }) => Promise.reject(new Error(`port-forward ended: ${stderr}`)))
        const { body } = await httpGet(`http://127.0.0.1:${await Promise.race([port, ended])}/`)
        assert.is(body, 'server\n')
      } finally {
        stop.abort()
        await forwarding
      }
    },
  },
}
