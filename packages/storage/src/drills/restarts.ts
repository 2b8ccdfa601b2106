import { randomBytes } from 'node:crypto'
import type { ProofContext, Restart } from '@platform/engine'
import { followLog, stoppedCleanly } from '../clean-stop.ts'
import { askSql, mysqlPod, storageValues, userLogin } from '../mysql.ts'
import { replacePod, serverState } from '../pod.ts'
import { sqlName, sqlText } from '../sql.ts'
import { killerPod } from './killer-pod.ts'

const table = sqlName('platform_drill')

/** Writes a row into a new table, which stays until `readAgain`. */
async function write(context: ProofContext): Promise<string> {
  const token = randomBytes(8).toString('hex')
  const use = `USE ${sqlName(storageValues(context).database)};`
  await askSql(
    context,
    await userLogin(context),
    `${use} DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (token VARCHAR(64)); INSERT INTO ${table} VALUES (${sqlText(token)})`,
  )
  return token
}

async function readAgain(context: ProofContext, token: unknown): Promise<string> {
  const login = await userLogin(context)
  const use = `USE ${sqlName(storageValues(context).database)};`
  const [[read] = []] = await askSql(context, login, `${use} SELECT token FROM ${table}`)
  await askSql(context, login, `${use} DROP TABLE ${table}`)
  if (read !== token) throw new Error(`expected the row ${token} from before the restart; read ${read ?? 'nothing'}`)
  return 'the row from before the restart was read'
}

async function killServer(context: ProofContext): Promise<void> {
  const name = await mysqlPod(context)
  const before = await serverState(context, name)
  await context.temporary(killerPod(context, { uid: before.uid, again: false }))
  await context.until("the restart of the server's container", async () => {
    const now = await serverState(context, name)
    return now.ready && (now.restarts > before.restarts || now.uid !== before.uid) ? true : undefined
  })
}

export const restarts: readonly Restart[] = [
  {
    kind: 'restart',
    id: 'pod-deleted',
    changes: ['mysql/server'],
    name: "MySQL's pod is deleted: the server shuts down cleanly and needs no crash recovery",
    async disturb(context) {
      const token = await write(context)
      const log = await followLog(context, await mysqlPod(context))
      await replacePod(context)
      return { token, log: await log.end() }
    },
    async check(context, before) {
      const { token, log } = before as { token: string; log: string }
      const read = await readAgain(context, token)
      // The row would survive a crash too.
      if (!stoppedCleanly(log)) {
        throw new Error(
          `the server did not log "Shutdown complete" within its grace period; its last line: ${log.trim().split('\n').at(-1)}`,
        )
      }
      return `${read}; the server logged "Shutdown complete"`
    },
  },
  {
    kind: 'restart',
    id: 'server-killed',
    changes: ['mysql/server'],
    name: 'the server is killed (SIGKILL) just after a write',
    async disturb(context) {
      const token = await write(context)
      await killServer(context)
      return token
    },
    check: readAgain,
  },
]
