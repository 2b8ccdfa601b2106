import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { PlatformError, usageError } from '../src/errors.ts'
import { combineErrors, gather } from '../src/gather-errors.ts'

const test = suite('combined errors')
const unmanaged = (name: string) => usageError('RESOURCE_NOT_MANAGED', `${name} is there`, 'rename it')
const unreachable = new PlatformError('API_UNREACHABLE', 'no answer', { hint: 'wait' })

const rows: [string, unknown[], string, string, string | undefined, number][] = [
  ['a single error is unchanged', [unmanaged('a')], 'RESOURCE_NOT_MANAGED', 'a is there', 'rename it', 2],
  ['equal errors are reported once', [unreachable, unreachable], 'API_UNREACHABLE', 'no answer', 'wait', 1],
  [
    'errors with one code keep it, and all messages are shown',
    [unmanaged('a'), unmanaged('b')],
    'RESOURCE_NOT_MANAGED',
    'a is there\nb is there',
    'rename it',
    2,
  ],
  [
    'errors with different codes are shown with code and hint, and exit code 1 takes precedence over 2',
    [unmanaged('a'), unreachable],
    'SEVERAL',
    'RESOURCE_NOT_MANAGED: a is there\n  hint: rename it\nAPI_UNREACHABLE: no answer\n  hint: wait',
    undefined,
    1,
  ],
]
for (const [name, reasons, code, message, hint, exitCode] of rows) {
  test(name, () => {
    const found = combineErrors(reasons) as PlatformError
    assert.equal([found.code, found.message, found.hint, found.exitCode], [code, message, hint, exitCode])
  })
}
test('a bug stays a bug', () => {
  const bug = new TypeError('x')
  assert.is(combineErrors([unmanaged('a'), bug]), bug)
})
test('all promises are awaited, and their order is kept', async () => {
  assert.equal(await gather([Promise.resolve(1), Promise.resolve(2)]), [1, 2])
  let ended = false
  const slow = new Promise<never>((_, reject) =>
    setTimeout(() => {
      ended = true
      reject(unmanaged('b'))
    }, 20),
  )
  try {
    await gather([Promise.reject(unmanaged('a')), slow])
    assert.unreachable()
  } catch (error) {
    assert.equal([(error as Error).message, ended], ['a is there\nb is there', true])
  }
})

test.run()
