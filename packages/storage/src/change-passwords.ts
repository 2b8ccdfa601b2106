import { PlatformError } from '@platform/core'
import type { ProofContext, SecretChange } from '@platform/engine'
import { selector, storageValues } from './mysql.ts'
import { runSql, sqlText } from './sql.ts'

const rootKey = 'mysql-root-password'
const settings: Readonly<Record<string, string>> = {
  [rootKey]: 'MYSQL_ROOT_PASSWORD',
  'mysql-password': 'MYSQL_PASSWORD',
}

/**
 * Gives the running server the passwords that the env file has now. It goes on running; its next start reads them from
 * the Secret. Where no server is at all there is nothing to tell: the next start does it.
 *
 * @throws PlatformError MYSQL_PASSWORD_NOT_APPLIED; then nothing was changed
 */
export async function changePasswords(context: ProofContext, { stored, wanted, keys }: SecretChange): Promise<void> {
  const names = keys.map((key) => settings[key] ?? key).join(' and ')
  const { namespace, release } = context.component
  const [pod] = await context.pods(selector)
  if (pod === undefined) {
    const there = await context.api.list(`/api/v1/namespaces/${namespace}/pods`, {
      labels: `app.kubernetes.io/instance=${release}`,
    })
    if (!there.length) return
    throw refusal(names, 'no server of MySQL is ready to be told')
  }
  const sql = alterUsers(context, wanted, keys)
  // A run that was killed between here and the Secret has changed root's password already.
  const passwords = new Set([stored[rootKey] ?? '', wanted[rootKey] ?? ''])
  let said = ''
  for (const password of passwords) {
    const { error } = await runSql(context, pod, { user: 'root', password }, sql)
    if (error === undefined) return
    said = error
    if (!error.startsWith('ERROR 1045 ')) break
  }
  throw refusal(names, `the server said: ${said}`)
}

/** One statement for all of them: it succeeds as a whole or not at all. */
export function alterUsers(
  context: ProofContext,
  wanted: Readonly<Record<string, string>>,
  keys: readonly string[],
): string {
  const { user, rootFromAnywhere } = storageValues(context)
  const hosts = rootFromAnywhere ? ['localhost', '%'] : ['localhost']
  const accounts = keys.flatMap((key) => {
    const password = sqlText(wanted[key] ?? '')
    if (key === rootKey) return hosts.map((host) => `'root'@'${host}' IDENTIFIED BY ${password}`)
    if (key === 'mysql-password') return [`${sqlText(user)}@'%' IDENTIFIED BY ${password}`]
    throw new Error(`the key ${key} is not changed by a setting`)
  })
  // The mode that the literals are written for; and nothing of this in the general log.
  return `SET SESSION sql_mode = '', SESSION sql_log_off = ON; ALTER USER ${accounts.join(', ')}`
}

function refusal(names: string, why: string): PlatformError {
  return new PlatformError('MYSQL_PASSWORD_NOT_APPLIED', `${names} changed, and can't be applied to MySQL: ${why}`, {
    hint: 'pnpm -s kubectl get pods -n storage   # see why; or take the change out of the env file until it runs',
  })
}
