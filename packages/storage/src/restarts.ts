import { randomBytes } from 'node:crypto'
import type { ProofContext, Restart } from '@platform/engine'
import { askSql, mysqlPod, storageValues, userLogin } from './mysql.ts'
import { replacePod, serverState } from './pod.ts'
import { sqlName, sqlText } from './sql.ts'

const table = sqlName('platform_drill')

/** Writes a row of its own into a table that stays until it is read again. */
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
  if (read !== token) throw new Error(`the row ${token} was written before; read ${read ?? 'nothing'}`)
  return 'the row that was written before it is read again'
}

/**
 * SIGKILL for the server, from outside of its pod: within, the first process is spared by it. A pod in the node's process
 * namespace, as the server's own user: that user's signals reach it without any privilege.
 */
async function killServer(context: ProofContext): Promise<void> {
  const { namespace, release } = context.component
  const name = await mysqlPod(context)
  const before = await serverState(context, name)
  const { images } = context.values as { images: { mysql: string } }
  // The pod's uid is in the names of its cgroups: with dashes, or with underscores under systemd.
  const find = `for process in /proc/[0-9]*; do
    [ "$(cat "$process/comm" 2>/dev/null)" = mysqld ] || continue
    tr _ - <"$process/cgroup" | grep -q "$POD_UID" && kill -KILL "\${process#/proc/}" && exit 0
  done
  echo "no mysqld of pod $POD_UID"; exit 1`
  await context.temporary({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${release}-kill-${randomBytes(3).toString('hex')}`, namespace },
    spec: {
      hostPID: true,
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'kill',
          image: images.mysql,
          imagePullPolicy: 'IfNotPresent',
          command: ['/bin/sh', '-c', find],
          env: [{ name: 'POD_UID', value: before.uid }],
          securityContext: {
            ...{ runAsUser: 999, runAsGroup: 999, runAsNonRoot: true, allowPrivilegeEscalation: false },
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
      // On the same node.
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: {
                matchLabels: { 'app.kubernetes.io/name': 'mysql', 'app.kubernetes.io/instance': release },
              },
            },
          ],
        },
      },
    },
  })
  await context.until("the server's container to have started again", async () => {
    const now = await serverState(context, name)
    return now.ready && (now.restarts > before.restarts || now.uid !== before.uid) ? true : undefined
  })
}

export const restarts: readonly Restart[] = [
  {
    kind: 'restart',
    id: 'pod-deleted',
    name: "MySQL's pod is deleted",
    async disturb(context) {
      const token = await write(context)
      await replacePod(context)
      return token
    },
    check: readAgain,
  },
  {
    kind: 'restart',
    id: 'server-killed',
    name: 'the server is killed (SIGKILL) just after a write',
    async disturb(context) {
      const token = await write(context)
      await killServer(context)
      return token
    },
    check: readAgain,
  },
]
