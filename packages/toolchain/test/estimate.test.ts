import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { garbageCollection } from '../src/build-go.ts'
import { duration, Estimate } from '../src/estimate.ts'
import type { Pins } from '../src/pins.ts'

const pin = (weight: number) => ({ unit: { weight } }) as Pins
const weights = (...pins: readonly Pins[]) => new Map(pins.map((each) => [each, each.unit.weight]))

test('what is left follows from the weights and the time so far', () => {
  let now = 0
  const [a, b] = [pin(100), pin(300)]
  const estimate = new Estimate(weights(a, b), () => now)
  assert.is(estimate.say(), '0s so far')
  now = 4000
  estimate.reach(a, 0.5)
  assert.is(estimate.say(), '4s so far')
  now = 60_000
  assert.is(estimate.say(), '1m 00s so far, about 7m left')
  estimate.reach(a, 1)
  estimate.reach(b, 0.5)
  assert.is(estimate.say(), '1m 00s so far, about 40s left')
})

test('a release that has to be compiled after all is more to do', () => {
  let now = 0
  const [a, b] = [pin(100), pin(300)]
  const estimate = new Estimate(
    new Map([
      [a, 5],
      [b, 5],
    ]),
    () => now,
  )
  now = 60_000
  estimate.reach(a, 1)
  estimate.reach(b, 0.8)
  estimate.change(b, 95)
  assert.is(estimate.say(), '1m 00s so far, about 19m left')
})

for (const [ms, exact, rounded] of [
  [400, '0s', '10s'],
  [47_000, '47s', '50s'],
  [60_000, '1m 00s', '1m'],
  [372_000, '6m 12s', '6m'],
] as const) {
  test(`${ms} ms is ${exact}, or about ${rounded}`, () => {
    assert.is(duration(ms), exact)
    assert.is(duration(ms, true), rounded)
  })
}

for (const [gib, cpus, expected] of [
  [22, 2, 'off'],
  [11, 2, undefined],
  [22, 16, undefined],
  [64, 16, 'off'],
] as const) {
  test(`${gib} GiB available and ${cpus} cores: the compiler ${expected ? 'never collects garbage' : 'is left as it is'}`, () => {
    assert.is(garbageCollection(`MemTotal: 1 kB\nMemAvailable:   ${gib * 1024 ** 2} kB\n`, cpus), expected)
  })
}

test.run()
