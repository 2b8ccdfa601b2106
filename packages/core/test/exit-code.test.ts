import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { combineExitCodes, signalExitCode } from '../src/index.ts'

const codes = suite('exit codes')

for (const [name, given, expected] of [
  ['nothing ran', [], 0],
  ['all done', [0, 0], 0],
  ['changes', [0, 3], 3],
  ['wrong usage takes precedence over changes', [3, 2, 0], 2],
  ['a failure takes precedence over all', [3, 2, 1, 0], 1],
  ['no result is a failure', [0, undefined, 3], 1],
  ['an unknown code is a failure', [0, 137], 1],
] as const) {
  codes(`${name}: ${expected}`, () => assert.is(combineExitCodes(given), expected))
}

codes('a signal: 128 plus its number', () => {
  assert.is(signalExitCode('SIGINT'), 130)
  assert.is(signalExitCode('SIGTERM'), 143)
})

codes.run()
