import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, PlatformError, type PlatformEvent, runCheck } from '@platform/core'
import { documents } from '@platform/core/documents'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lookUpBinding, writeBinding } from '../src/bind.ts'
import { formatNeeds, preflightDocument } from '../src/commands/preflight-command.ts'
import type { ToolSources } from '../src/context/tools.ts'
import { foreignVariables, withoutForeign } from '../src/foreign-environment.ts'
import { passedArguments, passThrough } from '../src/pass-through.ts'
import { linkTools, shellLines, shellTools } from '../src/shellenv.ts'
import { fakeRunner } from './fake-runner.ts'
import { testSettings } from './settings.ts'

const test = suite('commands')
let folder = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-test-'))
})
test.after.each(() => rmSync(folder, { recursive: true, force: true }))

const config = JSON.stringify({
  contexts: [{ name: 'prod', context: { cluster: 'p' } }],
  clusters: [{ name: 'p', cluster: { server: 'https://10.1.1.1:6443' } }],
})
const runner = fakeRunner((command) => {
  const line = command.join(' ')
  if (line.includes('version --client')) return '{"clientVersion":{"gitVersion":"v1.37.2"}}'
  if (line.includes('config view')) return config
  return line.includes('get namespace kube-system') ? 'uid-1\n' : undefined
})
const sources: ToolSources = { find: (name) => `/bin/${name}`, build: async (unit) => `/built/${unit}` }
const look = (context?: string) => lookUpBinding(testSettings(), { runner, emit: () => {} }, { context, sources })

test('bind looks up server and UID of a context', async () =>
  assert.equal(await look('prod'), { context: 'prod', server: 'https://10.1.1.1:6443', uid: 'uid-1' }))
for (const [name, context] of [
  ['none is named', undefined],
  ['there is none of that name', 'test'],
] as const) {
  test(`bind lists the contexts when ${name}`, async () => {
    try {
      await look(context)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, PlatformError)
      assert.equal([(error as PlatformError).code, (error as PlatformError).exitCode], ['CONTEXT_NOT_FOUND', 2])
      assert.match((error as PlatformError).message, /prod/)
    }
  })
}
test('bind writes the env file and keeps its lines and its mode', () => {
  const file = join(folder, '.env')
  writeFileSync(file, '# mine\nTARGET=embedded\nVALUES=ha\n', { mode: 0o640 })
  writeBinding(file, { context: 'prod', server: 's', uid: 'uid-1' })
  assert.is(readFileSync(file, 'utf8'), '# mine\nTARGET=context\nVALUES=ha\nKUBE_CONTEXT=prod\nCLUSTER_UID=uid-1\n')
  assert.is(statSync(file).mode & 0o777, 0o640)
})
test("an env file that bind makes is its owner's alone", () => {
  writeBinding(join(folder, 'new.env'), { context: 'prod', server: 's', uid: 'uid-1' })
  assert.is(statSync(join(folder, 'new.env')).mode & 0o777, 0o600)
})

for (const shell of ['sh', 'bash', 'dash', 'zsh']) {
  test(`shellenv works in ${shell}, once however often`, () => {
    const lines = shellLines("/a b/it's/bin", '/a b/kube config')
    const found = spawnSync(
      shell,
      ['-c', `${lines}${lines}printf '%s|%s|%s' "$PATH" "$KUBECONFIG" "$HELM_KUBETOKEN"`],
      {
        env: { PATH: '/usr/bin:/bin', HELM_KUBETOKEN: 'of another cluster' },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'], // on a socket bash takes itself for a remote shell and reads ~/.bashrc
      },
    )
    if (found.error) return // this shell is not here
    assert.is(found.stdout, "/a b/it's/bin:/usr/bin:/bin|/a b/kube config|")
  })
}
test('shellenv gives kubectl and helm, and nothing else', () => {
  const access = { kubeconfig: join(folder, 'kubeconfig'), kubectl: '/x/kubectl', helm: '/x/helm' }
  linkTools(access)
  const bin = linkTools({ ...access, helm: '/y/helm' })
  assert.equal([readlinkSync(join(bin, 'kubectl')), readlinkSync(join(bin, 'helm'))], ['/x/kubectl', '/y/helm'])
})
test('shellenv without a Helm that can be had: kubectl alone, and a notice', async () => {
  const kubeconfig = join(folder, 'kubeconfig')
  const helm = async () => {
    throw new PlatformError('GO_MISSING', 'there is no Go', { hint: 'get Go' })
  }
  linkTools({ kubeconfig, kubectl: '/x/kubectl', helm: '/old/helm' })
  const events: PlatformEvent[] = []
  const tools = await shellTools(
    { kubeconfig, certificate: true, kubectl: '/x/kubectl', helm },
    { emit: (event) => events.push(event) },
  )
  const bin = linkTools(tools)
  assert.is(readlinkSync(join(bin, 'kubectl')), '/x/kubectl')
  assert.not(existsSync(join(bin, 'helm')))
  const message = 'helm is not available: GO_MISSING: there is no Go'
  assert.equal(events, [{ type: 'notice', level: 'warn', message, hint: 'get Go' }])
})

for (const [name, script, code] of [
  ['its exit code', 'exit 7', 7],
  ['128 and the number of the signal that ended it', 'kill -TERM $$', 143],
] as const) {
  test(`pass-through returns ${name}`, async () => assert.is(await passThrough('sh', ['-c', script]), code))
}
test('pass-through takes out what leads Helm to another cluster', async () => {
  const script = 'test -z "$HELM_KUBEAPISERVER$HELM_NAMESPACE$HELM_DRIVER"'
  const before = Object.fromEntries(foreignVariables.map((name) => [name, 'other']))
  assert.is(await passThrough('sh', ['-c', script], { env: before }), 1)
  assert.is(await passThrough('sh', ['-c', script], { env: { ...before, ...withoutForeign() } }), 0)
})
test("pass-through says what can't be started", async () => {
  try {
    await passThrough('/no/such/command', [])
    assert.unreachable()
  } catch (error) {
    assert.is((error as PlatformError).code, 'COMMAND_NOT_STARTED')
  }
})
test("a leading -- is dropped, a later one is the command's", () => {
  assert.equal(passedArguments(['--', 'exec', 'p', '--', 'ls']), ['exec', 'p', '--', 'ls'])
  assert.equal(passedArguments(['get', 'pods', '-A']), ['get', 'pods', '-A'])
})

test('the document of preflight is as its schema says: a warning is no failure', () => {
  const needs = [
    { id: 'a', title: 'A', status: 'ok', detail: 'there' },
    { id: 'b', title: 'B', status: 'warning', detail: 'unknown', fix: 'look' },
  ] as const
  assert.ok(documents.preflight.parse(JSON.parse(JSON.stringify(preflightDocument('embedded', needs)))).ok)
  const failed = { id: 'c', title: 'C', status: 'failed', detail: 'gone' } as const
  assert.not(documents.preflight.parse(preflightDocument('context', [...needs, failed])).ok)
})
test('preflight prints one line a need, and the command below one that is not met', () => {
  const text = formatNeeds(
    [
      { id: 'a', title: 'A', status: 'ok', detail: 'there', fix: 'never shown' },
      { id: 'b', title: 'B', status: 'failed', detail: 'gone', fix: 'get b' },
      { id: 'c', title: 'C', status: 'warning', detail: 'unknown' },
    ],
    false,
  )
  assert.is(text, 'ok   A: there\nFAIL B: gone\n       fix: get b\nwarn C: unknown')
})

const check = { name: 'it answers', timeoutMs: 30, hint: 'look' }
for (const [what, error, expected] of [
  [
    'of a command is worth less than that of the check',
    new CommandError(['a'], { stdout: '', stderr: '', exitCode: 1 }),
    'look',
  ],
  ['of any other error is worth more', new PlatformError('X', 'x', { hint: 'do' }), 'do'],
  ['is that of the check when there is no other', new PlatformError('X', 'x'), 'look'],
] as const) {
  test(`the hint ${what}`, async () => {
    const run = async () => {
      throw error
    }
    assert.is((await runCheck({ ...check, run })).hint, expected)
  })
}
test('a check that returns has passed, with what it found', async () => {
  const { outcome, message, name } = await runCheck({ ...check, run: async () => 'seen' })
  assert.equal([outcome, message, name], ['passed', 'seen', 'it answers'])
})
test('a check that throws has failed, with its reason and its hint', async () => {
  const result = await runCheck({
    ...check,
    run: async () => {
      throw new Error('expected 1, saw 2')
    },
  })
  assert.equal([result.outcome, result.message, result.hint], ['failed', 'expected 1, saw 2', 'look'])
})
test('a check that takes too long has failed, after it has cleaned up', async () => {
  let cleaned = false
  const run = (signal: AbortSignal) =>
    new Promise<string>((_, reject) => {
      signal.addEventListener('abort', () =>
        setTimeout(() => {
          cleaned = true
          reject(new Error('aborted'))
        }, 10),
      )
    })
  const result = await runCheck({ ...check, run })
  assert.is(result.outcome, 'failed')
  assert.match(result.message ?? '', /no answer within 0\.03 s/)
  assert.ok(cleaned)
})

test.run()
