import { CommandError, isAlive, shellQuote, systemRunner } from '@platform/core'
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

test('a failed command is an error that shows the command and what it said', async () => {
  try {
    await systemRunner.run(['sh', '-c', 'echo reason >&2; exit 3'])
    assert.unreachable()
  } catch (error) {
    assert.instance(error, CommandError)
    assert.is((error as CommandError).message, "`sh -c 'echo reason >&2; exit 3'` exited with 3:\nreason")
  }
})

test('input goes to stdin and lines come as they are said', async () => {
  const lines: string[] = []
  const { stdout } = await systemRunner.run(['sh', '-c', 'cat; printf end >&2'], {
    input: 'one\ntwo\n',
    onLine: (line, stream) => lines.push(`${stream} ${line}`),
  })
  assert.is(stdout, 'one\ntwo\n')
  assert.equal(lines.sort(), ['stderr end', 'stdout one', 'stdout two'])
})

test('an aborted command ends with all that it started', async () => {
  const stop = new AbortController()
  const run = systemRunner.probe(['sh', '-c', 'sleep 60 & echo $!; wait'], {
    signal: stop.signal,
    onLine: () => stop.abort(),
  })
  const { stdout, exitCode } = await run
  assert.is(exitCode, 143)
  assert.not(isAlive(Number(stdout.trim())))
})

for (const [words, line] of [
  [['kubectl', 'get', '-o=json'], 'kubectl get -o=json'],
  [['echo', "it's", 'a b', ''], "echo 'it'\\''s' 'a b' ''"],
] as const) {
  test(`${line} can be pasted`, () => assert.is(shellQuote(words), line))
}

test.run()
