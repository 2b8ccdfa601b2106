import type { ProofContext } from '@platform/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { desiredSecret } from '../../engine/src/secrets/desired-secret.ts'
import { authSecret } from '../src/auth-secret.ts'
import { drills } from '../src/drills.ts'

const test = suite('drills of the login')

test('up reverts an edited user, and the password stays the same', async () => {
  const settings = { components: { DASHBOARD_USER: 'admin' } }
  const sources = { settings, claims: [], namespace: 'n' }
  const { data: before } = await desiredSecret(authSecret, { ...sources, stored: undefined })
  let stored = before
  const patch = async (_: string, { data }: { data: Record<string, string> }) => {
    const edited = Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()])
    stored = { ...stored, ...Object.fromEntries(edited) }
  }
  const drill = drills.find(({ id }) => id === 'user-edited')
  if (drill?.kind !== 'mutation') return assert.unreachable()
  await drill.break({ api: { patch } } as unknown as ProofContext)
  assert.is.not(stored.username, before.username)
  const after = await desiredSecret(authSecret, { ...sources, stored })
  assert.ok(after.differs)
  assert.equal(after.data, before)
})

test.run()
