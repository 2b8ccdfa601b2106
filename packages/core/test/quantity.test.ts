import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseQuantity, quantity } from '../src/quantity.ts'

const test = suite('quantities')
for (const [text, expected] of [
  ['256Mi', 268_435_456],
  ['1.5Gi', 1_610_612_736],
  ['100m', 0.1],
  ['0.1', 0.1],
  ['.5', 0.5],
  ['1e3', 1000],
  ['1000k', 1_000_000],
  ['250000n', 0.00025],
  ['-1', -1],
  ['', undefined],
  ['1 Gi', undefined],
  ['1Gb', undefined],
  ['a', undefined],
] as const) {
  test(`${JSON.stringify(text)} is ${expected}`, () => assert.is(parseQuantity(text), expected))
}
test('text that is no quantity is an error where one is required', () => assert.throws(() => quantity('much'), /much/))
test.run()
