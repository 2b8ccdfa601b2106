import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Fault } from '../src/component/drill.ts'
import { alertSelector, runFault } from '../src/drill/faults.ts'
import { formatDrills } from '../src/drill/report.ts'
import { drillWork } from './drill-fakes.ts'

const faults = suite('faults')
const timeouts = { firesWithinMs: 300, resolvesWithinMs: 300, makeMs: 300, everyMs: 5 }

/** A Prometheus whose alert fires during the fault; `silent`: never, `stuck`: it does not resolve. */
function system({ silent = false, stuck = false } = {}) {
  const state = { made: false, fired: false, undone: 0 }
  const firing = () => (state.made && !silent) || (stuck && state.fired)
  const api = {
    async request(path: string) {
      if (path.includes('/proxy/')) {
        if (firing()) state.fired = true
        const result = firing() ? [{ metric: { alertstate: 'firing' }, value: [1, '1'] }] : []
        const body = JSON.stringify({ status: 'success', data: { resultType: 'vector', result } })
        return { status: 200, headers: {}, body }
      }
      const labels = { status: 'deployed', version: '1' }
      const items = path.includes('labelSelector=owner') ? [{ metadata: { name: 's', labels } }] : []
      return { status: 200, headers: {}, body: JSON.stringify({ items }) }
    },
    find: async () => ({}),
    list: async () => [],
  }
  const fault: Fault = {
    ...{ kind: 'fault', id: 'f', name: 'a fire', alert: 'Fire' },
    async break() {
      state.made = true
      return {
        labels: { house: 'a' },
        async undo() {
          state.undone += 1
          state.made = false
        },
      }
    },
  }
  const work = drillWork({ session: { api, kubectl: {} } as never })
  return { state, fault, work }
}

for (const [behaviour, options, outcome, expectedMessage] of [
  ['fires and resolves', {}, 'passed', undefined],
  ['never fires', { silent: true }, 'failed', /ALERTS\{alertname="Fire", house="a"\} does not fire within 0.3 s/],
  ['never resolves', { stuck: true }, 'failed', /has not resolved within 0.3 s/],
] as const) {
  faults(`the drill of an alert that ${behaviour} ${outcome}, and the fault is reverted once`, async () => {
    const { state, fault, work } = system(options)
    const result = await runFault(work, fault, timeouts)
    assert.equal([result.outcome, result.expected, state.undone], [outcome, 'Fire', 1])
    if (expectedMessage) assert.match(result.message ?? '', expectedMessage)
  })
}

faults('after an interrupt the fault is reverted without waiting for the alert', async () => {
  const { state, fault, work } = system({ silent: true })
  const stop = new AbortController()
  setTimeout(() => stop.abort('SIGINT'), 30)
  const result = await runFault({ ...work, stop: stop.signal }, fault, { ...timeouts, firesWithinMs: 5000 })
  assert.equal([result.outcome, result.message, state.undone], ['failed', 'interrupted', 1])
})

faults('a fault that cannot be created fails', async () => {
  const { fault, work } = system()
  const breaks = async () => Promise.reject(new Error('no such image'))
  const result = await runFault(work, { ...fault, break: breaks }, timeouts)
  assert.equal([result.outcome, result.message], ['failed', 'no such image'])
})

faults('label values are quoted for PromQL', () => {
  assert.is(alertSelector('A', { b: 'c"d' }), 'ALERTS{alertname="A", b="c\\"d"}')
})

faults('the table has the alert, both durations, and the count of passed faults', () => {
  const drill = { component: 'c', name: 'x', kind: 'fault', ms: 9, expected: 'Fire' } as const
  const drills = [
    { ...drill, id: 'f', outcome: 'passed', caughtBy: 'Fire', detectedMs: 61_000, recoveredMs: 9000 },
    { ...drill, id: 'g', outcome: 'failed', message: 'does not fire' },
  ] as const
  const text = formatDrills({ drills: [...drills], checksWithoutDrill: [], problems: [] }, false)
  assert.match(text, /✓ c +f +Fire +\S.* +9\.0s/)
  assert.match(text, /faults: 1 of 2 fired and resolved the expected alert/)
})

faults.run()
