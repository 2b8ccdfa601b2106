import { randomBytes } from 'node:crypto'
import type { Mutation, ProofContext } from '@platform/engine'
import { askSql, rootLogin, storageValues } from '../mysql.ts'
import { replacePod } from '../pod.ts'
import { sqlName, sqlText } from '../sql.ts'

interface AccountMutation extends Pick<Mutation, 'id' | 'name' | 'changes' | 'caughtBy' | 'detectWithinMs'> {
  /** A statement that someone with root's password could run. */
  sql(context: ProofContext): string
}

const random = () => sqlText(randomBytes(12).toString('hex'))

/**
 * Mutations inside MySQL. Every start of the server resets accounts and grants, which repairs them. `up` does not: its
 * plan compares Kubernetes objects, and a query to the server would slow down every `up` without changes.
 */
const mutations: readonly AccountMutation[] = [
  {
    id: 'user-password',
    changes: ['mysql/accounts/user'],
    name: "the user's password in the server differs from the Secret",
    caughtBy: 'connect',
    sql: (context) => `ALTER USER ${user(context)} IDENTIFIED BY ${random()}`,
  },
  {
    id: 'user-dropped',
    changes: ['mysql/accounts/user'],
    name: 'the user is dropped',
    caughtBy: 'connect',
    sql: (context) => `DROP USER ${user(context)}`,
  },
  {
    id: 'privileges-revoked',
    changes: ['mysql/accounts/grants'],
    name: "the user's privileges on the database are revoked",
    caughtBy: 'write',
    sql: (context) => `REVOKE ALL ON ${sqlName(pattern(context))}.* FROM ${user(context)}`,
  },
  {
    id: 'anonymous-user',
    changes: ['mysql/accounts/anonymous'],
    name: 'an anonymous user may log in without a password',
    caughtBy: 'refusals',
    sql: () => `CREATE USER ''@'%'`,
  },
  {
    id: 'exporter-dropped',
    changes: ['mysql/accounts/exporter'],
    name: "the exporter's account is dropped",
    caughtBy: 'exporter',
    detectWithinMs: 90_000,
    sql: () => `DROP USER 'exporter'@'127.0.0.1'`,
  },
  // Last: the other mutations log in as root.
  {
    id: 'root-password',
    changes: ['mysql/accounts/root'],
    name: "root's password in the server differs from the Secret",
    caughtBy: 'root',
    sql: (context) => {
      const hosts = storageValues(context).rootFromAnywhere ? ['localhost', '%'] : ['localhost']
      return `ALTER USER ${hosts.map((host) => `'root'@'${host}' IDENTIFIED BY ${random()}`).join(', ')}`
    },
  },
]

const user = (context: ProofContext) => `${sqlText(storageValues(context).user)}@'%'`

/** The database's name, escaped for a grant. */
const pattern = (context: ProofContext) => storageValues(context).database.replaceAll('_', '\\_')

export const accountMutations: readonly Mutation[] = mutations.map(({ sql, ...drill }) => ({
  kind: 'mutation',
  ...drill,
  name: `${drill.name} (a restart of the server repairs it, \`up\` does not)`,
  async break(context) {
    await askSql(context, await rootLogin(context), sql(context))
  },
  disturbs: ['mysql/server'],
  undo: replacePod,
}))
