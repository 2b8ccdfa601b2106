import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environment as processEnvironment } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('start.sh of MySQL')
const script = fileURLToPath(new URL('../chart/files/start.sh', import.meta.url))

/** dash and bash as POSIX shells, and busybox if installed: the images contain different shells. */
const shells = [['dash'], ['bash', '--posix'], ['busybox', 'sh']].filter(
  ([program = '']) => spawnSync(program, ['-c', 'true']).error === undefined,
)

const environment = {
  PATH: processEnvironment().PATH ?? '',
  MYSQL_DATABASE: 'my-database',
  MYSQL_USER: 'my-user',
  ROOT_FROM_ANYWHERE: 'true',
  ...{ ROOT_PASSWORD: 'root', USER_PASSWORD: 'user', EXPORTER_PASSWORD: 'exporter', PROBE_PASSWORD: 'probe' },
}

function sql(shell: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const [program = '', ...words] = shell
  const { stdout, stderr, status } = spawnSync(program, [...words, script, 'sql'], {
    env: { ...environment, ...env },
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  return stdout
}

/** The password that a statement sets for this account, decoded like the server does. */
function passwordOf(text: string, account: string): string | undefined {
  const line = text.split('\n').find((each) => each.includes(`'ALTER USER ${account} IDENTIFIED BY '`))
  const hexadecimal = /CONVERT\(x'([0-9a-f]*)' USING utf8mb4\)/.exec(line ?? '')?.[1]
  return hexadecimal === undefined ? undefined : Buffer.from(hexadecimal, 'hex').toString()
}

const passwords: Readonly<Record<string, string>> = {
  plain: 'secretpassword',
  quotes: `a'b"c\`d''e`,
  backslashes: String.raw`a\b\\c\'`,
  'what a shell would expand': '$(id) `id` $HOME $'.concat('{PATH} !! * ~'),
  'what printf would expand': '%s%d%%\\n',
  SQL: `'; DROP USER 'root'@'localhost'; -- `,
  unicode: 'pässwörd-日本-😀',
  'lines and tabs': 'a\nb\tc\r\nd\n',
  'a leading dash': '-n -e',
  long: 'x'.repeat(250),
}

for (const shell of shells) {
  for (const [name, password] of Object.entries(passwords)) {
    test(`${shell.join(' ')}: a password with ${name} reaches the server as it is`, () => {
      const text = sql(shell, { ROOT_PASSWORD: password, USER_PASSWORD: password })
      for (const account of ['"root"@"localhost"', '"root"@"%"', '"my-user"@"%"']) {
        assert.is(passwordOf(text, account), password)
      }
      assert.ok(
        text
          .split('\n')
          .filter(Boolean)
          .every((line) => line.endsWith(';')),
        'a statement a line',
      )
    })
  }
}

test('every statement can be run again', () => {
  const statements = sql(['sh']).split('\n').filter(Boolean)
  for (const statement of statements) {
    assert.match(statement, /^(SET|PREPARE|EXECUTE|GRANT|CREATE (USER|DATABASE) IF NOT EXISTS|DROP USER IF EXISTS) /)
  }
})

test('root only from inside: the account for all hosts is dropped', () => {
  const text = sql(['sh'], { ROOT_FROM_ANYWHERE: 'false' })
  assert.match(text, 'DROP USER IF EXISTS "root"@"%";')
  assert.is(passwordOf(text, '"root"@"%"'), undefined)
})

test('an underscore in the database name is escaped in the grant', () => {
  assert.match(sql(['sh'], { MYSQL_DATABASE: 'a_b' }), 'GRANT ALL ON `a\\_b`.* TO')
})

/** Runs the whole script in a folder, with `fake` as mysqld. */
function start(fake: string, prepare: (volume: string) => void = () => {}) {
  const root = mkdtempSync(join(tmpdir(), 'start-'))
  const [volume, run, bin] = ['volume', 'run', 'bin'].map((name) => join(root, name)) as [string, string, string]
  for (const folder of [volume, run, bin]) mkdirSync(folder)
  prepare(volume)
  writeFileSync(join(bin, 'mysqld'), `#!/bin/sh\necho "$@" >>"${root}/calls"\nenv >"${root}/env"\n${fake}\n`)
  chmodSync(join(bin, 'mysqld'), 0o755)
  const text = readFileSync(script, 'utf8')
    .replace('volume=/var/lib/mysql', `volume=${volume}`)
    .replace('run=/run/mysqld', `run=${run}`)
  const env = { ...environment, PATH: `${bin}:${environment.PATH}`, PROBE_PASSWORD: `a"b\\c` }
  const { status } = spawnSync('sh', ['-c', text], { env, encoding: 'utf8' })
  const lines = (name: string) => (existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : '')
  return {
    status,
    volume,
    run,
    calls: lines('calls').trim().split('\n'),
    env: lines('env'),
    end: () => rmSync(root, { recursive: true }),
  }
}

test('a new volume is initialised in a temporary folder, which is renamed when complete', () => {
  const { status, volume, run, calls, env, end } = start('true')
  assert.is(status, 0)
  assert.match(calls[0] ?? '', `--datadir=${volume}/initialising --initialize-insecure`)
  assert.match(calls[1] ?? '', `--init-file=${run}/accounts.sql`)
  assert.ok(existsSync(join(volume, 'data')))
  assert.not.ok(existsSync(join(volume, 'initialising')))
  assert.is(statSync(join(run, 'accounts.sql')).mode & 0o777, 0o600)
  assert.is(statSync(join(run, 'probe.cnf')).mode & 0o777, 0o600)
  assert.match(readFileSync(join(run, 'probe.cnf'), 'utf8'), 'password="a\\"b\\\\c"')
  assert.not.match(env, 'PASSWORD')
  end()
})

test('a failed initialisation leaves no data and stops the container', () => {
  const { status, volume, calls, end } = start('exit 3')
  assert.is(status, 3)
  assert.is(calls.length, 1)
  assert.not.ok(existsSync(join(volume, 'data')))
  end()
})

test('an interrupted initialisation starts again', () => {
  const { status, volume, calls, end } = start('true', (folder) => {
    mkdirSync(join(folder, 'initialising'))
    writeFileSync(join(folder, 'initialising', 'half'), '')
  })
  assert.is(status, 0)
  assert.is(calls.length, 2)
  assert.not.ok(existsSync(join(volume, 'data', 'half')))
  end()
})

test('existing data is unchanged', () => {
  const { calls, volume, end } = start('true', (folder) => {
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'data', 'mine'), '')
  })
  assert.is(calls.length, 1)
  assert.ok(existsSync(join(volume, 'data', 'mine')))
  end()
})

test.run()
