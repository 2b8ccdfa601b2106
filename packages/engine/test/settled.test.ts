import { CheckSkipped } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ProofContext } from '../src/component/proof-context.ts'
import { durationMs, isUnscraped, retryFor, StillWarming, untilSettled } from '../src/verify/settled.ts'

const settled = suite('a check waits only for what changed recently')
const now = 1_000_000
const target = (lastScrape: number) => ({ lastScrape, intervalMs: 15_000 })

for (const [what, input, expected] of [
  ['all was scraped after the last change', { own: now - 60_000, targets: [target(now - 5_000)] }, false],
  ['a target was not scraped since', { own: now - 15_000, targets: [target(now - 1), target(now - 12_000)] }, true],
  ['discovery may not have noticed yet', { own: now - 2_000, targets: [target(now - 1)] }, true],
  [
    'Prometheus loaded a configuration a moment ago',
    { own: 0, changedAt: now - 1_000, targets: [target(now - 3_000)] },
    true,
  ],
  [
    'a target that is never scraped is not waited for longer than an interval',
    { own: now - 60_000, targets: [target(0)] },
    false,
  ],
  ['a rate needs a second scrape', { own: now - 20_000, scrapes: 2, targets: [target(now - 1_000)] }, true],
  ['Prometheus is away, and nothing of the component changed', { own: now - 60_000, targets: undefined }, false],
  ['Prometheus is away, and the component changed', { own: now - 3_000, targets: undefined }, true],
] as const) {
  settled(`${expected ? 'waits' : 'does not wait'}: ${what}`, () => {
    const { own, targets } = input
    const scraping = targets && { changedAt: 'changedAt' in input ? input.changedAt : 0, targets }
    assert.is(isUnscraped({ own, now, scraping, scrapes: 'scrapes' in input ? input.scrapes : 1 }), expected)
  })
}

/** A cluster whose pods started so many milliseconds ago. */
function context(ageMs: number): ProofContext {
  const startedAt = new Date(Date.now() - ageMs).toISOString()
  const pod = { metadata: { name: 'p' }, status: { containerStatuses: [{ state: { running: { startedAt } } }] } }
  const api = {
    list: async () => [pod],
    request: async () => ({ status: 200, headers: {}, body: '{"items":[]}' }),
  }
  const component = { name: 'fake', release: 'fake', namespace: 'fake', directory: '/' }
  return { api, component, signal: new AbortController().signal } as unknown as ProofContext
}

/** Fails so often, then passes. */
function failing(times: number, error: () => Error = () => new Error('not yet')) {
  const state = { asked: 0 }
  const ask = async () => {
    state.asked += 1
    if (state.asked <= times) throw error()
    return 'fine'
  }
  return { state, ask }
}

const rejection = (work: Promise<unknown>) =>
  work.then(
    () => 'passed',
    (error: Error) => error.message,
  )

settled('at rest what fails twice has failed', async () => {
  const { state, ask } = failing(9)
  assert.equal([await rejection(untilSettled(context(60_000), ask)), state.asked], ['not yet', 2])
})

settled('while a pod has just started it is asked again', async () => {
  const { state, ask } = failing(3)
  assert.equal([await untilSettled(context(1_000), ask, { everyMs: 1 }), state.asked], ['fine', 4])
})

settled('what says that it is still to come is asked again at rest too', async () => {
  const { state, ask } = failing(3, () => new StillWarming('not scraped yet'))
  assert.equal([await untilSettled(context(60_000), ask, { everyMs: 1 }), state.asked], ['fine', 4])
})

settled('what can not be asked is not asked again', async () => {
  const { state, ask } = failing(9, () => new CheckSkipped('nobody provides it'))
  assert.equal([await rejection(untilSettled(context(0), ask)), state.asked], ['nobody provides it', 1])
})

settled('what a check made itself is asked for as long as it may take', async () => {
  const signal = new AbortController().signal
  assert.is(await retryFor({ signal }, 5_000, failing(2).ask, 1), 'fine')
  assert.is(await rejection(retryFor({ signal }, 0, failing(2).ask, 1)), 'not yet')
})

settled('durations are read as Prometheus writes them', () => {
  assert.equal(['15s', '1h30m', '1m0s', '500ms', ''].map(durationMs), [15_000, 5_400_000, 60_000, 500, 0])
})

settled.run()
