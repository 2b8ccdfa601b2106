import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { PlatformError, usageError } from '../src/errors.ts'
import { gather, oneError } from '../src/gather-errors.ts'

const test = suite('errors of several')
const theirs = (name: string) => usageError('RESOURCE_NOT_MANAGED', `${name} is there`, 'rename it')
const away = new PlatformError('API_UNREACHABLE', 'no answer', { hint: 'wait' })

const rows: [string, unknown[], string, string, string | undefined, number][] = [
  ['one is itself', [theirs('a')], 'RESOURCE_NOT_MANAGED', 'a is there', 'rename it', 2],
  ['the same twice is one', [away, away], 'API_UNREACHABLE', 'no answer', 'wait', 1],
  [
    'of one code all are shown',
    [theirs('a'), theirs('b')],
    'RESOURCE_NOT_MANAGED',
    'a is there\nb is there',
    'rename it',
    2,
  ],
  [
    'of different codes each is shown with its own, and a failure outdoes a wrong call',
    [theirs('a'), away],
    'SEVERAL',
    'RESOURCE_NOT_MANAGED: a is there\n  hint: rename it\nAPI_UNREACHABLE: no answer\n  hint: wait',
    undefined,
    1,
  ],
]
for (const [name, reasons, code, message, hint, exitCode] of rows) {
  test(name, () => {
    const found = oneError(reasons) as PlatformError
    assert.equal([found.code, found.message, found.hint, found.exitCode], [code, message, hint, exitCode])
  })
}
test('a bug stays a bug', () => {
  const bug = new TypeError('x')
  assert.is(oneError([theirs('a'), bug]), bug)
})
test('all are waited for, and their order is kept', async () => {
  assert.equal(await gather([Promise.resolve(1), Promise.resolve(2)]), [1, 2])
  let ended = false
  const slow = new Promise<never>((_, reject) =>
    setTimeout(() => {
      ended = true
      reject(theirs('b'))
    }, 20),
  )
  try {
    await gather([Promise.reject(theirs('a')), slow])
    assert.unreachable()
  } catch (error) {
    assert.equal([(error as Error).message, ended], ['a is there\nb is there', true])
  }
})

test.run()
