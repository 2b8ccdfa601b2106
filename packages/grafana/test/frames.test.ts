import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readFrames, type Series, sameSeries } from '../src/checks/frames.ts'

const frame = (labels: Record<string, string>, at: number, value: number | null) => ({
  schema: { fields: [{ type: 'time' }, { type: 'number', labels }] },
  data: { values: [[at], [value]] },
})
const answer = (status: number, result: object) => ({
  ...{ status, headers: {}, body: JSON.stringify({ results: { A: result } }) },
})

test('frames are read, the empty one too', () => {
  const empty = { schema: { fields: [] }, data: { values: [] } }
  const frames = [frame({ job: 'a' }, 1500, 2), frame({ job: 'b' }, 1500, null), empty]
  assert.equal(readFrames(answer(200, { frames }), 'A'), [
    { labels: { job: 'a' }, at: 1.5, value: 2 },
    { labels: { job: 'b' }, at: 1.5, value: Number.NaN },
  ])
})

test("an error is told in Grafana's words", () => {
  assert.throws(() => readFrames(answer(400, { error: 'bad_data: parse error' }), 'A'), /bad_data: parse error/)
  assert.throws(() => readFrames(answer(200, {}), 'B'), /200/)
})

const one: Series = { labels: { job: 'a', pod: 'b' }, at: 10, value: 1 }
const rows: Readonly<Record<string, { through: readonly Series[]; says?: RegExp }>> = {
  'the same': { through: [{ ...one, labels: { pod: 'b', job: 'a' } }] },
  'a series less': { through: [], says: /0 series through Grafana, 1 from Prometheus/ },
  'other labels': { through: [{ ...one, labels: { job: 'a' } }], says: /no series/ },
  'another value': { through: [{ ...one, value: 2 }], says: /is 2 through Grafana, 1 from/ },
  'another instant': { through: [{ ...one, at: 25 }], says: /of 25 through Grafana/ },
}

for (const [name, { through, says }] of Object.entries(rows)) {
  test(`two answers: ${name}`, () => {
    const said = sameSeries(through, [one])
    if (says) assert.match(said ?? '', says)
    else assert.is(said, undefined)
  })
}

test.run()
