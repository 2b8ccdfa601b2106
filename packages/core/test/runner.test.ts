import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError, isAlive, type RunOptions, shellQuote, systemRunner, withoutCredentials } from '@platform/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

for (const [script, expected] of [
  ['exit 0', 0],
  ['exit 7', 7],
  ['kill -TERM $$', 143],
  ['kill -KILL $$', 137],
] as const) {
  test(`\`${script}\` is reported as ${expected}`, async () => {
    assert.is((await systemRunner.probe(['sh', '-c', script])).exitCode, expected)
  })
}

test('the error of a failed command has the command and its output', async () => {
  try {
    await systemRunner.run(['sh', '-c', 'echo reason >&2; exit 3'])
    assert.unreachable()
  } catch (error) {
    assert.instance(error, CommandError)
    assert.is((error as CommandError).message, "`sh -c 'echo reason >&2; exit 3'` exited with 3:\nreason")
  }
})

test('input goes to stdin, and lines are reported as they arrive', async () => {
  const lines: string[] = []
  const { stdout } = await systemRunner.run(['sh', '-c', 'cat; printf end >&2'], {
    input: 'one\ntwo\n',
    onLine: (line, stream) => lines.push(`${stream} ${line}`),
  })
  assert.is(stdout, 'one\ntwo\n')
  assert.equal(lines.sort(), ['stderr end', 'stdout one', 'stdout two'])
})

test('a character that is split between two chunks is decoded', async () => {
  const lines: string[] = []
  const script = "printf 'gr\\303'; sleep 0.2; printf '\\274n\\n\\342\\202'; sleep 0.2; printf '\\254'"
  const { stdout } = await systemRunner.run(['sh', '-c', script], { onLine: (line) => lines.push(line) })
  assert.equal([lines, stdout], [['grün', '€'], 'grün\n€'])
})

for (const [name, options, hint] of [
  ['plain', {}, "ls 'a b'"],
  ['with its folder', { cwd: '/x y' }, "cd '/x y' && ls 'a b'"],
  ['with its environment', { env: { A: 'b c', B: undefined } }, "env -u B 'A=b c' ls 'a b'"],
  ['without passwords', { env: { U: 'https://me:secret@host/' } }, "env U=https://host/ ls 'a b'"],
  ['none if it reads stdin', { input: 'x' }, undefined],
] as [string, RunOptions, string | undefined][]) {
  test(`the hint of a failed command is the command: ${name}`, () => {
    const result = { stdout: '', stderr: 'no', exitCode: 2 }
    assert.is(new CommandError(['ls', 'a b'], result, options).hint, hint)
  })
}

for (const [text, shown] of [
  ['https://me:secret@host/simple', 'https://host/simple'],
  ['https://to,ken:s@cret@host', 'https://host'],
  ['https://a.example,https://me:secret@b.example|direct', 'https://a.example,https://b.example|direct'],
  ['Get "http://me:secret@h:1/x": refused', 'Get "http://h:1/x": refused'],
  ['https://host/x@v1 and me@home', 'https://host/x@v1 and me@home'],
  ['docker.io/library/x@sha256:1', 'docker.io/library/x@sha256:1'],
]) {
  test(`${text} is shown without passwords`, () => assert.is(withoutCredentials(text ?? ''), shown))
}
test('a failed command shows no passwords', () => {
  const result = { stdout: '', stderr: 'no such host: ftp://me:secret@h/', exitCode: 1 }
  assert.not.match(new CommandError(['get', 'ftp://me:secret@h/'], result).message, /secret/)
})

test('aborting a command also ends its child processes', async () => {
  const stop = new AbortController()
  const run = systemRunner.probe(['sh', '-c', 'sleep 60 & echo $!; wait'], {
    signal: stop.signal,
    onLine: () => stop.abort(),
  })
  const { stdout, exitCode } = await run
  assert.is(exitCode, 143)
  // On a busy machine it takes a moment until the dead process is reaped.
  const pid = Number(stdout.trim())
  for (let tries = 0; isAlive(pid) && tries < 100; tries++) await sleep(20)
  assert.not(isAlive(pid))
})

for (const [words, line] of [
  [['kubectl', 'get', '-o=json'], 'kubectl get -o=json'],
  [['echo', "it's", 'a b', ''], "echo 'it'\\''s' 'a b' ''"],
] as const) {
  test(`${line} can be pasted`, () => assert.is(shellQuote(words), line))
}

test.run()
