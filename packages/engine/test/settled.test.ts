import { CheckSkipped } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ProofContext } from '../src/component/proof-context.ts'
import { durationMs, isUnscraped, retryFor, StillWarming, untilSettled } from '../src/verify/settled.ts'

const settled = suite('a check waits only for recent changes')
const now = 1_000_000
const target = (lastScrape: number) => ({ lastScrape, intervalMs: 15_000 })

for (const [situation, input, expected] of [
  ['every target was scraped after the last change', { own: now - 60_000, targets: [target(now - 5_000)] }, false],
  [
    'a target was not scraped after the last change',
    { own: now - 15_000, targets: [target(now - 1), target(now - 12_000)] },
    true,
  ],
  ['service discovery may not have noticed the change yet', { own: now - 2_000, targets: [target(now - 1)] }, true],
  [
    'Prometheus just loaded its configuration',
    { own: 0, changedAt: now - 1_000, targets: [target(now - 3_000)] },
    true,
  ],
  ['a target was not scraped for longer than its interval', { own: now - 60_000, targets: [target(0)] }, false],
  ['a rate needs a second scrape', { own: now - 20_000, scrapes: 2, targets: [target(now - 1_000)] }, true],
  ['Prometheus is unreachable, and the component did not change', { own: now - 60_000, targets: undefined }, false],
  ['Prometheus is unreachable, and the component changed', { own: now - 3_000, targets: undefined }, true],
] as const) {
  settled(`${expected ? 'waits' : 'does not wait'}: ${situation}`, () => {
    const { own, targets } = input
    const scraping = targets && { changedAt: 'changedAt' in input ? input.changedAt : 0, targets }
    assert.is(
      isUnscraped({ componentChangedAt: own, now, scraping, scrapes: 'scrapes' in input ? input.scrapes : 1 }),
      expected,
    )
  })
}

/** A cluster whose pods started `ageMs` milliseconds ago. */
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

/** An attempt that fails `times` times, then passes. */
function failing(times: number, error: () => Error = () => new Error('not yet')) {
  const state = { attempts: 0 }
  const attempt = async () => {
    state.attempts += 1
    if (state.attempts <= times) throw error()
    return 'fine'
  }
  return { state, attempt }
}

const rejection = (work: Promise<unknown>) =>
  work.then(
    () => 'passed',
    (error: Error) => error.message,
  )

settled('on a settled system an attempt runs twice', async () => {
  const { state, attempt } = failing(9)
  assert.equal([await rejection(untilSettled(context(60_000), attempt)), state.attempts], ['not yet', 2])
})

settled('retries after a pod has just started', async () => {
  const { state, attempt } = failing(3)
  assert.equal([await untilSettled(context(1_000), attempt, { everyMs: 1 }), state.attempts], ['fine', 4])
})

settled('retries StillWarming on a settled system too', async () => {
  const { state, attempt } = failing(3, () => new StillWarming('not scraped yet'))
  assert.equal([await untilSettled(context(60_000), attempt, { everyMs: 1 }), state.attempts], ['fine', 4])
})

settled('does not retry CheckSkipped', async () => {
  const { state, attempt } = failing(9, () => new CheckSkipped('no provider'))
  assert.equal([await rejection(untilSettled(context(0), attempt)), state.attempts], ['no provider', 1])
})

settled('retryFor retries until its timeout', async () => {
  const signal = new AbortController().signal
  assert.is(await retryFor({ signal }, 5_000, failing(2).attempt, 1), 'fine')
  assert.is(await rejection(retryFor({ signal }, 0, failing(2).attempt, 1)), 'not yet')
})

settled('parses durations of Prometheus', () => {
  assert.equal(['15s', '1h30m', '1m0s', '500ms', ''].map(durationMs), [15_000, 5_400_000, 60_000, 500, 0])
})

settled.run()
