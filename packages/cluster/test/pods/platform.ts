import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Any, Group } from '../support/subject.ts'
import { object } from '../support/workloads.ts'

const namespace = 'e2e-platform'
const secret = 'never to be written to a log'

/** Of the platform itself: its audit log, its own checks. */
export const platform: Group = {
  objects: [object('v1', 'Secret', namespace, 'audited', { stringData: { text: secret } })],
  rows: {
    'the audit log has who wrote what, and nothing of what a Secret holds': async ({ cluster, get }) => {
      assert.ok((await get(namespace, 'secret', 'audited')).data.text) // a read is logged as well
      const { logs } = cluster.node().config.paths
      const entries = readFileSync(join(logs, 'audit.log'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Any)
      const mine = entries.filter(
        ({ objectRef }) => objectRef?.namespace === namespace && objectRef.resource === 'secrets',
      )
      const verbs = mine.map(({ verb, user, responseStatus }) => `${user.username} ${verb} ${responseStatus.code}`)
      assert.ok(
        verbs.includes('kubernetes-admin create 201') && verbs.includes('kubernetes-admin get 200'),
        verbs.join('\n'),
      )
      for (const file of readdirSync(logs)) {
        const text = readFileSync(join(logs, file), 'utf8')
        for (const shape of [secret, Buffer.from(secret).toString('base64')]) {
          assert.not(text.includes(shape), `${file} has what the Secret holds`)
        }
      }
    },
    '`pnpm verify cluster` passes': async ({ cluster }) => {
      const { stdout, stderr, exitCode } = await cluster.pnpm(['run', 'verify', 'cluster', '--json'])
      assert.is(exitCode, 0, `${stdout}\n${stderr}`)
      const { ok, passed, failed } = JSON.parse(stdout)
      assert.ok(ok && passed >= 8 && failed === 0, stdout)
    },
  },
}
