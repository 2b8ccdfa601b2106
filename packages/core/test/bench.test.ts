import { figureTable, median } from '@platform/core/bench'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

for (const [values, expected] of [
  [[3], 3],
  [[3, 1, 2], 2],
  [[10, 2], 6],
  [[100, 9, 11], 11],
] as const) {
  test(`the median of ${values.join(', ')} is ${expected}`, () => assert.is(median(values), expected))
}

test('the median of no values is an error', () => assert.throws(() => median([])))

test('a table shows minimum, median, maximum and target', () => {
  const table = figureTable([
    { name: 'to Ready', unit: 's', values: [2, 1, 4], target: 10 },
    { name: 'memory', unit: 'MB', values: [500.4] },
  ])
  assert.match(table, /to Ready +1\.00 s +2\.00 s +4\.00 s +≤ 10 s\n/)
  assert.match(table, /memory +500 MB +500 MB +500 MB$/)
})

test.run()
