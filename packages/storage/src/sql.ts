import { setTimeout as sleep } from 'node:timers/promises'
import type { ProofContext } from '@platform/engine'

/** The account, and the connection: through the Service, or through the socket in the container. */
export interface Login {
  readonly user: string
  readonly password: string
  /** A Service's name. Undefined: the socket. */
  readonly host?: string
  readonly port?: number
}

/** The server's answer: the rows of all statements as columns, or its error. */
export interface SqlAnswer {
  readonly rows: readonly (readonly string[])[]
  /** `ERROR 1045 (28000): Access denied for user …`; undefined without an error. */
  readonly error?: string
}

/**
 * Splits its stdin at the first empty line: the login's option file before it, SQL after it. So neither password nor SQL
 * is in an argument list, in the environment or on disk.
 */
const script = `exec 4<&0
options=
while IFS= read -r line && [ -n "$line" ]; do options="$options$line
"; done
printf %s "$options" | {
  exec 3<&0 0<&4
  exec mysql --defaults-file=/dev/fd/3 --batch --raw --skip-column-names --connect-timeout=5
}`

/** A value of an option file of MySQL's clients. */
export function optionValue(text: string): string {
  const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b' }
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/[\n\r\t\b]/g, (character) => escapes[character] ?? '')}"`
}

/** A string literal, for a session without NO_BACKSLASH_ESCAPES. */
export function sqlText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\0', '\\0')}'`
}

/** An identifier: a database, a table. */
export function sqlName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** The stdin of the scripts. */
export function sqlInput({ user, password, host, port }: Login, sql?: string): string {
  const options = [
    '[client]',
    `user=${optionValue(user)}`,
    `password=${optionValue(password)}`,
    'default-character-set=utf8mb4',
    ...(host === undefined
      ? ['protocol=socket', 'socket=/run/mysqld/mysqld.sock']
      : ['protocol=tcp', `host=${host}`, `port=${port ?? 3306}`]),
  ]
  return `${options.join('\n')}\n\n${sql === undefined ? '' : `${sql}\n`}`
}

/** A Service routes to a ready pod about a second later. */
const settleMs = 6_000

/**
 * Runs SQL as this user with the client in MySQL's pod. An error of the server is returned, not thrown.
 *
 * @throws Error when no client ran
 */
export async function runSql(context: ProofContext, pod: string, login: Login, sql: string): Promise<SqlAnswer> {
  const end = Date.now() + settleMs
  for (;;) {
    const answer = await runOnce(context, pod, login, sql)
    if (!answer.error?.startsWith('ERROR 2003 ') || Date.now() > end) return answer
    await sleep(300, undefined, { signal: context.signal })
  }
}

async function runOnce(context: ProofContext, pod: string, login: Login, sql: string): Promise<SqlAnswer> {
  const { stdout, stderr, exitCode } = await inContainer(context, pod, script, sqlInput(login, sql))
  const error = stderr.split('\n').find((line) => line.startsWith('ERROR '))
  if (exitCode !== 0 && error === undefined) {
    throw new Error(`the client in pod ${pod} ended with ${exitCode}: ${stderr.trim() || 'no output'}`)
  }
  const rows = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'))
  return { rows, error }
}

/** Logs in once for each option file of its stdin, with one line for each: `in`, or the error. */
const loginScript = `options=
while IFS= read -r line; do
  if [ -n "$line" ]; then options="$options$line
"; continue; fi
  if said=$(printf %s "$options" | mysql --defaults-file=/dev/stdin --connect-timeout=5 --execute='SELECT 1' 2>&1)
  then echo in; else echo "$said" | tail -n 1; fi
  options=
done`

/**
 * Tries these logins sequentially in one exec call: one call for each login would be slow.
 *
 * @returns for each the server's error; undefined for a successful login
 */
export async function tryLogins(
  context: ProofContext,
  pod: string,
  logins: readonly Login[],
): Promise<readonly (string | undefined)[]> {
  const input = logins.map((login) => sqlInput(login)).join('')
  const { stdout, stderr } = await inContainer(context, pod, loginScript, input)
  const lines = stdout.trim().split('\n')
  if (lines.length !== logins.length) throw new Error(`${logins.length} logins were tried; output: ${stdout}${stderr}`)
  return lines.map((line) => (line === 'in' ? undefined : line))
}

function inContainer(context: ProofContext, name: string, shell: string, input: string) {
  const { namespace, release } = context.component
  return context.exec({ namespace, name, container: release }, ['sh', '-c', shell], { input })
}
