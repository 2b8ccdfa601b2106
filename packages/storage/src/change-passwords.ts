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
 * Sets the passwords of the env file in the running server, without a restart. Without a server there is nothing to do:
 * its next start reads the passwords from the Secret.
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
    throw refusal(names, 'no MySQL pod is ready')
  }
  const sql = alterUsers(context, wanted, keys)
  // An earlier run may have changed root's password and been killed before it wrote the Secret.
  const passwords = new Set([stored[rootKey] ?? '', wanted[rootKey] ?? ''])
  let lastError = ''
  for (const password of passwords) {
    const { error } = await runSql(context, pod, { user: 'root', password }, sql)
    if (error === undefined) return
    lastError = error
    if (!error.startsWith('ERROR 1045 ')) break
  }
  throw refusal(names, `the server returned: ${lastError}`)
}

/** One statement for all accounts: it is atomic. */
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
    throw new Error(`no setting changes the key ${key}`)
  })
  // sqlText escapes for this mode; the passwords must not reach the general log.
  return `SET SESSION sql_mode = '', SESSION sql_log_off = ON; ALTER USER ${accounts.join(', ')}`
}

function refusal(names: string, why: string): PlatformError {
  return new PlatformError('MYSQL_PASSWORD_NOT_APPLIED', `${names} changed, but cannot be applied to MySQL: ${why}`, {
    hint: 'pnpm -s kubectl get pods -n storage   # find the cause, or undo the change in the env file until MySQL runs',
  })
}
