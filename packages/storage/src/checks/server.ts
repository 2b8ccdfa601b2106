import { randomBytes } from 'node:crypto'
import type { ComponentCheck } from '@platform/engine'
import { askSql, mysqlPod, rootLogin, storageValues, throughService, userLogin } from '../mysql.ts'
import { isVersion, versionOf } from '../server-version.ts'
import { runSql, sqlName, sqlText, tryLogins } from '../sql.ts'

const showPods = 'pnpm -s kubectl get all,endpointslices -n storage'
const restart = 'pnpm -s kubectl delete pod mysql-release-0 -n storage   # its start resets accounts and grants'

export const connectCheck: ComponentCheck = {
  id: 'connect',
  dependsOn: ['mysql/server', 'mysql/service', 'mysql/accounts/user'],
  name: 'the user of the Secret can log in through the Service, and the version is that of the image',
  timeoutMs: 60_000,
  hint: `${showPods}   # "Access denied"? ${restart}`,
  async run(context) {
    const [[account, version] = []] = await askSql(
      context,
      await userLogin(context),
      'SELECT CURRENT_USER(), VERSION()',
    )
    const wanted = await versionOf(context, await mysqlPod(context))
    if (wanted !== undefined && !isVersion(version ?? '', wanted.version)) {
      throw new Error(`the server is MySQL ${version}; expected ${wanted.version} of ${wanted.of}`)
    }
    return `${account}, MySQL ${version}`
  },
}

export const writeCheck: ComponentCheck = {
  id: 'write',
  dependsOn: ['mysql/server', 'mysql/service', 'mysql/accounts/user', 'mysql/accounts/grants'],
  name: 'a row written to the database can be read back',
  timeoutMs: 60_000,
  hint: restart,
  async run(context) {
    const { database } = storageValues(context)
    const login = await userLogin(context)
    const use = `USE ${sqlName(database)};`
    const table = `platform_check_${randomBytes(6).toString('hex')}`
    const token = randomBytes(8).toString('hex')
    const create = `CREATE TABLE ${sqlName(table)} (token VARCHAR(64)); INSERT INTO ${sqlName(table)} VALUES (${sqlText(token)})`
    const leftovers = await askSql(context, login, `${use} ${findLeftovers}; ${create}`)
    // On a new connection.
    const drop = `DROP TABLE IF EXISTS ${[[table], ...leftovers].map(([name = '']) => sqlName(name)).join(', ')}`
    const [[read] = []] = await askSql(context, login, `${use} SELECT token FROM ${sqlName(table)}; ${drop}`)
    if (read !== token) throw new Error(`wrote ${token} into ${database}, and read ${read ?? 'nothing'}`)
    return `wrote, read and dropped a table in ${database}`
  },
}

/** Tables of interrupted checks: the next check drops them. */
const findLeftovers = `SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()
  AND table_name LIKE 'platform\\_check\\_%' AND create_time < NOW() - INTERVAL 10 MINUTE`

export const rootCheck: ComponentCheck = {
  id: 'root',
  dependsOn: ['mysql/server', 'mysql/service', 'mysql/accounts/root'],
  name: "root's password of the Secret works",
  timeoutMs: 60_000,
  hint: restart,
  async run(context) {
    const root = await rootLogin(context)
    const { database, rootFromAnywhere } = storageValues(context)
    const login = rootFromAnywhere ? throughService(context, root) : root
    const found = await askSql(context, login, 'SHOW DATABASES')
    if (!found.some(([name]) => name === database)) throw new Error(`root sees no database ${database}`)
    return `through the ${rootFromAnywhere ? 'Service' : 'socket'}; the database ${database} exists`
  },
}

export const refusalCheck: ComponentCheck = {
  id: 'refusals',
  dependsOn: ['mysql/server', 'mysql/service', 'mysql/accounts/anonymous'],
  name: 'wrong passwords, no password and unknown users are refused',
  timeoutMs: 60_000,
  hint: restart,
  async run(context) {
    const { user } = storageValues(context)
    const wrong = randomBytes(12).toString('hex')
    const attempts = [
      { user, password: wrong },
      { user, password: '' },
      { user: 'root', password: wrong },
      { user: 'root', password: '' },
      { user: 'probe', password: wrong },
      { user: `nobody-${wrong.slice(0, 6)}`, password: '' },
    ]
    const pod = await mysqlPod(context)
    // Waits until the Service routes to the pod.
    await runSql(context, pod, await userLogin(context), 'SELECT 1')
    const errors = await tryLogins(
      context,
      pod,
      attempts.map((attempt) => throughService(context, attempt)),
    )
    const results = attempts.map((attempt, n) => {
      const error = errors[n]
      // 1130: the host is not allowed, as for root when it may log in from inside the container only.
      if (error?.startsWith('ERROR 1045 ') || error?.startsWith('ERROR 1130 ')) return undefined
      const how = attempt.password ? 'with a wrong password' : 'without a password'
      return error === undefined ? `${attempt.user} was able to log in ${how}` : `${attempt.user} ${how}: ${error}`
    })
    const problems = results.filter((each) => each !== undefined)
    if (problems.length) throw new Error(`expected "Access denied" for all: ${problems.join('; ')}`)
    return `${attempts.length} attempts through the Service, all denied`
  },
}

interface MountedPod {
  readonly spec: {
    readonly containers: readonly {
      readonly name: string
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
    }[]
    readonly volumes?: readonly { readonly name: string; readonly persistentVolumeClaim?: { claimName: string } }[]
  }
}

export const volumeCheck: ComponentCheck = {
  id: 'volume',
  dependsOn: ['mysql/server', 'mysql/accounts/root', 'mysql/volume'],
  name: 'the data is on the volume',
  timeoutMs: 60_000,
  hint: 'pnpm plan storage',
  async run(context) {
    const { release, namespace } = context.component
    const name = await mysqlPod(context)
    const [[folder = ''] = []] = await askSql(context, await rootLogin(context), 'SELECT @@datadir')
    const pod = await context.api.get<MountedPod>(`/api/v1/namespaces/${namespace}/pods/${name}`)
    const claim = claimBelow(pod, release, folder)
    if (claim !== release) {
      throw new Error(
        `the server keeps its data in ${folder}, on ${claim ? `the claim ${claim}` : 'no claim'}; expected the claim ${release}`,
      )
    }
    return `${folder} on the claim ${claim}`
  },
}

/** The claim whose volume contains the folder; undefined when the folder is not on a claim. */
export function claimBelow(pod: MountedPod, container: string, folder: string): string | undefined {
  const mounts = pod.spec.containers.find(({ name }) => name === container)?.volumeMounts ?? []
  const [nearest] = mounts
    .filter(({ mountPath }) => `${folder}/`.startsWith(`${mountPath}/`))
    .sort((a, b) => b.mountPath.length - a.mountPath.length)
  return pod.spec.volumes?.find(({ name }) => name === nearest?.name)?.persistentVolumeClaim?.claimName
}
