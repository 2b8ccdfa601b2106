import { usageError } from '@platform/core'
import type { SecretDefinition } from '@platform/engine'

/** bcrypt cost: about 70 ms per request with a password. That slows guessing; a person does not notice it. */
const COST = 10

/** bcrypt ignores bytes after these. */
const LONGEST_PASSWORD = 72

/** The login for pages without their own: Traefik, Prometheus, Alertmanager. */
export const authSecret: SecretDefinition = {
  name: 'traefik-ingress-auth',
  keys: { username: { setting: 'DASHBOARD_USER' }, password: { setting: 'DASHBOARD_PASSWORD' } },
  derive: async ({ username = '', password = '' }, stored) => {
    refuseUnusable(username, password)
    // Imported lazily: every command reads the component's definition.
    const { compare, hash } = await import('bcryptjs')
    const [user, storedHash] = splitLine(stored.users)
    const fits = user === username && storedHash !== '' && (await compare(password, storedHash))
    return { users: fits && stored.users ? stored.users : `${username}:${await hash(password, COST)}\n` }
  },
}

/** User and hash of the htpasswd line that Traefik reads. The platform writes exactly one line. */
function splitLine(users = ''): readonly [string, string] {
  const [, user = '', hash = ''] = /^([^:\n]+):(\$2[aby]\$[^\n]+)\n?$/.exec(users) ?? []
  return [user, hash]
}

function refuseUnusable(username: string, password: string): void {
  if (!/^[^:\s]+$/.test(username)) {
    throw usageError('INVALID_DASHBOARD_USER', 'DASHBOARD_USER must be a user name without colons and spaces')
  }
  if (password === '') throw usageError('INVALID_DASHBOARD_PASSWORD', 'DASHBOARD_PASSWORD is empty')
  if (Buffer.byteLength(password) > LONGEST_PASSWORD) {
    throw usageError('INVALID_DASHBOARD_PASSWORD', `DASHBOARD_PASSWORD is longer than ${LONGEST_PASSWORD} bytes`)
  }
}
