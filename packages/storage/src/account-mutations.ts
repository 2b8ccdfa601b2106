import { randomBytes } from 'node:crypto'
import type { Mutation, ProofContext } from '@platform/engine'
import { askSql, rootLogin, storageValues } from './mysql.ts'
import { replacePod } from './pod.ts'
import { sqlName, sqlText } from './sql.ts'

interface AccountMutation extends Pick<Mutation, 'id' | 'name' | 'changes' | 'caughtBy' | 'detectWithinMs'> {
  /** What someone with root's password might do. */
  sql(context: ProofContext): string
}

const random = () => sqlText(randomBytes(12).toString('hex'))

/**
 * What is broken inside of MySQL. Every start of the server sets accounts and grants again, and that mends it; `up` alone
 * does not: its plan looks at objects, and asking the server each time would cost every `up` that has nothing to do.
 */
const mutations: readonly AccountMutation[] = [
  {
    id: 'user-password',
    changes: ['mysql/accounts/user'],
    name: 'the password of the user is changed in the server, behind the Secret',
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
    name: 'the user has lost the privileges on the database',
    caughtBy: 'write',
    sql: (context) => `REVOKE ALL ON ${sqlName(pattern(context))}.* FROM ${user(context)}`,
  },
  {
    id: 'anonymous-user',
    changes: ['mysql/accounts/anonymous'],
    name: 'anyone may log in without a password',
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
  // Last: the others log in as root.
  {
    id: 'root-password',
    changes: ['mysql/accounts/root'],
    name: "root's password is changed in the server, behind the Secret",
    caughtBy: 'root',
    sql: (context) => {
      const hosts = storageValues(context).rootFromAnywhere ? ['localhost', '%'] : ['localhost']
      return `ALTER USER ${hosts.map((host) => `'root'@'${host}' IDENTIFIED BY ${random()}`).join(', ')}`
    },
  },
]

const user = (context: ProofContext) => `${sqlText(storageValues(context).user)}@'%'`

/** The database's name as a grant has it. */
const pattern = (context: ProofContext) => storageValues(context).database.replaceAll('_', '\\_')

export const accountMutations: readonly Mutation[] = mutations.map(({ sql, ...drill }) => ({
  kind: 'mutation',
  ...drill,
  name: `${drill.name} (the next start of the server mends it, \`up\` does not look inside)`,
  async break(context) {
    await askSql(context, await rootLogin(context), sql(context))
  },
  disturbs: ['mysql/server'],
  undo: replacePod,
}))
