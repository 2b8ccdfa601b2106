import { usageError } from '@platform/core'
import type { SecretDefinition } from '@platform/engine'

/** What a request costs with a password: about 70 ms, which a person does not notice and who guesses does. */
const COST = 10

/** bcrypt reads no further. */
const LONGEST_PASSWORD = 72

/** The login of the pages that have none of their own: Traefik's, Prometheus', Alertmanager's. */
export const authSecret: SecretDefinition = {
  name: 'traefik-ingress-auth',
  keys: { username: { setting: 'DASHBOARD_USER' }, password: { setting: 'DASHBOARD_PASSWORD' } },
  derive: async ({ username = '', password = '' }, stored) => {
    refuseUnusable(username, password)
    // Loaded when it is wanted: the component's definition is read in every call.
    const { compare, hash } = await import('bcryptjs')
    const [user, storedHash] = splitLine(stored.users)
    const fits = user === username && storedHash !== '' && (await compare(password, storedHash))
    return { users: fits && stored.users ? stored.users : `${username}:${await hash(password, COST)}\n` }
  },
}

/** The user and the hash of the line that Traefik reads. Two lines are none of ours. */
function splitLine(users = ''): readonly [string, string] {
  const [, user = '', hash = ''] = /^([^:\n]+):(\$2[aby]\$[^\n]+)\n?$/.exec(users) ?? []
  return [user, hash]
}

function refuseUnusable(username: string, password: string): void {
  if (!/^[^:\s]+$/.test(username)) {
    throw usageError('INVALID_DASHBOARD_USER', 'DASHBOARD_USER: a user name is wanted, without colons and spaces')
  }
  if (password === '') throw usageError('INVALID_DASHBOARD_PASSWORD', 'DASHBOARD_PASSWORD: it is empty')
  if (Buffer.byteLength(password) > LONGEST_PASSWORD) {
    throw usageError('INVALID_DASHBOARD_PASSWORD', `DASHBOARD_PASSWORD: longer than ${LONGEST_PASSWORD} bytes`)
  }
}
