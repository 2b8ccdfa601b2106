import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { RunDocument, VerifyDocument } from '@platform/core/documents'
import * as assert from 'uvu/assert'
import { eventually } from '../../../cluster/test/support/eventually.ts'
import { httpGet } from '../../../cluster/test/support/http-get.ts'
import { sqlInput } from '../../../storage/src/sql.ts'
import type { Platform, Rows } from './subject.ts'

interface Passwords {
  readonly root: string
  readonly user: string
  readonly admin: string
}

/** With what quotes, backslashes and blanks may do on their way; no single quote: the env file has them around it. */
const changed: Passwords = {
  root: 'new "root" \\ pass; word',
  user: 'new `user` $pass %s word',
  admin: 'new-admin-Pass_4711 word',
}
const row = 'a row of the user'
let before: Passwords

async function stored({ secret }: Platform): Promise<Passwords> {
  const [root, user, admin] = await Promise.all([
    secret('storage', 'mysql-release', 'mysql-root-password'),
    secret('storage', 'mysql-release', 'mysql-password'),
    secret('monitoring', 'grafana-dashboard', 'admin-password'),
  ])
  return { root, user, admin }
}

/** SQL as somebody, through the Service. The pipe in between is the container's user's own: it may be opened by its name. */
async function sql({ cluster }: Platform, login: { user: string; password: string }, text: string) {
  const pod = ['exec', '-i', '-n', 'storage', 'mysql-release-0', '-c', 'mysql-release', '--', 'sh', '-c']
  const client = 'cat | mysql --defaults-file=/dev/stdin --batch --skip-column-names --execute="$0" my-database'
  const input = sqlInput({ ...login, host: 'mysql-release.storage.svc' })
  return cluster.kubectl().probe([...pod, client, text], { input })
}

async function ask(platform: Platform, login: { user: string; password: string }, text: string): Promise<string> {
  const { stdout, stderr, exitCode } = await sql(platform, login, text)
  assert.is(exitCode, 0, `${login.user}: ${stderr}`)
  return stdout.trim()
}

/** Who of these gets in: MySQL's root and user, Grafana's admin. */
async function opens(platform: Platform, { root, user, admin }: Passwords): Promise<boolean[]> {
  const database = await Promise.all(
    [
      { user: 'root', password: root },
      { user: 'my-user', password: user },
    ].map(async (login) => {
      const { exitCode, stderr } = await sql(platform, login, 'SELECT 1')
      if (exitCode !== 0) assert.match(stderr, /ERROR 1045 .*Access denied/)
      return exitCode === 0
    }),
  )
  const login = { user: 'admin', password: admin }
  const url = `http://${await platform.address()}/api/user`
  // Traefik looks every two seconds for what is ready.
  const status = await eventually(`${url} is answered by Grafana`, 15_000, async () => {
    const answer = await httpGet(url, { host: 'grafana.monitoring.com', login })
    if (answer.status !== 200 && answer.status !== 401) throw new Error(`it answers with ${answer.status}`)
    return answer.status
  })
  return [...database, status === 200]
}

/** Every file below a folder, as text. */
function* textsBelow(folder: string): Generator<[string, string]> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* textsBelow(path)
    else if (entry.isFile()) yield [path, readFileSync(path, 'utf8')]
  }
}

/** What Helm has stored of every revision of every release. */
async function releases({ cluster }: Platform): Promise<[string, string][]> {
  const { items } = await cluster
    .kubectl()
    .json<{ items: { metadata: { name: string }; data: { release: string } }[] }>([
      'get',
      'secrets',
      '--all-namespaces',
      '-l',
      'owner=helm',
    ])
  return items.map(({ metadata, data }) => {
    const packed = Buffer.from(Buffer.from(data.release, 'base64').toString(), 'base64')
    return [metadata.name, gunzipSync(new Uint8Array(packed)).toString()]
  })
}

function holdsNone(texts: Iterable<readonly [string, string]>, passwords: readonly string[]): number {
  const shapes = passwords.flatMap((each) => [
    each,
    JSON.stringify(each).slice(1, -1),
    Buffer.from(each).toString('base64'),
  ])
  let count = 0
  for (const [name, text] of texts) {
    count += 1
    for (const shape of shapes) assert.not(text.includes(shape), `a password stands in ${name}`)
  }
  return count
}

export const passwords: Rows = {
  'my-user writes a row; the passwords that were made open everything, changed ones nothing yet': async (platform) => {
    before = await stored(platform)
    const login = { user: 'my-user', password: before.user }
    await ask(platform, login, `CREATE TABLE kept (text VARCHAR(64)); INSERT INTO kept VALUES ('${row}')`)
    assert.equal(await opens(platform, before), [true, true, true])
    assert.equal(await opens(platform, changed), [false, false, false])
  },
  'passwords changed in the env file are applied by `up all`: the new ones work, the old ones do not': async (
    platform,
  ) => {
    platform.configure({
      MYSQL_ROOT_PASSWORD: changed.root,
      MYSQL_PASSWORD: changed.user,
      GRAFANA_ADMIN_PASSWORD: changed.admin,
    })
    const { document, said } = await platform.run<RunDocument>(['up', 'all'])
    assert.equal(await opens(platform, changed), [true, true, true])
    assert.equal(await opens(platform, before), [false, false, false])
    assert.equal(await stored(platform), changed)
    const all = [before, changed].flatMap((each) => Object.values(each))
    const runs = dirname(document.runDirectory ?? '')
    assert.ok(holdsNone(textsBelow(runs), all) > 10)
    assert.ok(holdsNone(await releases(platform), all) >= 4)
    holdsNone([['what `up` said', `${said}${JSON.stringify(document)}`]], all)
  },
  '`verify storage grafana` holds with them': async ({ run }) => {
    const { document } = await run<VerifyDocument>(['verify', 'storage', 'grafana'])
    assert.is(document.failed, 0)
    assert.ok(document.passed > 20, `${document.passed}`)
  },
  'down all, up all: the row is there, and the passwords open it': async (platform) => {
    await platform.run<RunDocument>(['down', 'all'])
    await platform.run<RunDocument>(['up', 'all'])
    const read = await ask(platform, { user: 'my-user', password: changed.user }, 'SELECT text FROM kept')
    assert.is(read, row)
    assert.equal(await opens(platform, changed), [true, true, true])
    assert.equal(await opens(platform, before), [false, false, false])
  },
}
