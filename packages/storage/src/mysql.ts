import type { ProofContext } from '@platform/engine'
import { type Login, runSql } from './sql.ts'

/** The label selector of MySQL's pods. */
export const selector = 'app.kubernetes.io/name=mysql,app.kubernetes.io/instance=mysql-release'

/** The part of the release's values that checks and drills read. */
export interface StorageValues {
  readonly database: string
  readonly user: string
  readonly rootFromAnywhere: boolean
  readonly secret: string
  readonly service: { readonly port: number }
  readonly resources: Record<'requests' | 'limits', Readonly<Record<string, string>>>
}

/** The values; the chart's schema has validated them. */
export function storageValues(context: ProofContext): StorageValues {
  return context.values as unknown as StorageValues
}

/** The pod that runs the server. Throws when none is ready. */
export async function mysqlPod(context: ProofContext): Promise<string> {
  const [pod] = await context.pods(selector)
  if (!pod) throw new Error(`no pod of ${context.component.release} is ready`)
  return pod
}

/** root, through the socket: works independently of the Service. */
export async function rootLogin(context: ProofContext): Promise<Login> {
  return { user: 'root', password: await context.secret(storageValues(context).secret, 'mysql-root-password') }
}

/** The user of the values, through the Service, with the password of the Secret. */
export async function userLogin(context: ProofContext): Promise<Login> {
  const { user, secret } = storageValues(context)
  return throughService(context, { user, password: await context.secret(secret, 'mysql-password') })
}

/** The same login, through the Service. */
export function throughService(context: ProofContext, login: Login): Login {
  const { release, namespace } = context.component
  return { ...login, host: `${release}.${namespace}.svc`, port: storageValues(context).service.port }
}

/** Runs SQL and returns its rows. Throws the server's error. */
export async function askSql(
  context: ProofContext,
  login: Login,
  sql: string,
): Promise<readonly (readonly string[])[]> {
  const { rows, error } = await runSql(context, await mysqlPod(context), login, sql)
  if (error !== undefined) throw new Error(`${login.user}, through ${login.host ?? 'the socket'}: ${error}`)
  return rows
}
