import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { reportView } from '../src/ask-dashboards.ts'
import { boundAnswers } from '../src/bound.ts'
import { html, scriptJson } from '../src/markup.ts'
import { documentOf } from '../src/report-command.ts'
import { newestRun, readRun } from '../src/runs.ts'
import { timelineOf } from '../src/timeline.ts'
import { answerOf, panelOf } from './fixture.ts'

test('a report has no more points and series than are drawn, the newest point among them', () => {
  const answer = answerOf(60, 1000)
  const [bound] = boundAnswers(panelOf(1, 'timeseries'), [answer])
  assert.is(bound?.result.length, 40)
  assert.is(bound?.more, 20)
  const values = bound?.result[0]?.values ?? []
  assert.ok(values.length <= 120 && values.length > 100)
  assert.is(values.at(-1)?.[0], answer.result[0]?.values?.at(-1)?.[0])
  assert.ok(values.every(([, text]) => text.length <= 7))
})

for (const [what, errors, problems, exitCode] of [
  ['all queries answered', 0, [], 0],
  ['a query that failed', 1, [], 1],
  ['something that could not be asked', 0, ['no limits'], 1],
] as const) {
  test(`with ${what} a report ends with ${exitCode}`, () => {
    const board = { panels: 2, queries: 3, errors, empty: 1 }
    const collected = { components: [], sections: [], grafana: { boards: [board] }, problems } as never
    const document = documentOf({ file: 'x', page: '', collected, verify: undefined, pictures: {} })
    assert.equal([document.exitCode, document.ok, document.empty], [exitCode, exitCode === 0, 1])
  })
}

test('the series of all queries of a panel are counted together', () => {
  const bound = boundAnswers(panelOf(1, 'timeseries'), [answerOf(30, 2), answerOf(30, 2)])
  assert.equal(
    bound.map(({ result, more }) => [result.length, more]),
    [
      [30, undefined],
      [10, 20],
    ],
  )
})

for (const minutes of [5, 15, 30, 60, 24 * 60]) {
  test(`${minutes} minutes have 120 points at most`, () => {
    const { from, to, step } = reportView(minutes, 1_700_000_007)
    assert.ok((to - from) / step + 1 <= 120)
    assert.ok((to - from) / 60 > minutes * 0.9)
  })
}

test('what is put into HTML is text', () => {
  assert.is(
    html`<p title="${'"'}">${'<b>'}${undefined}${[1, html`<i>`]}</p>`.text,
    '<p title="&quot;">&lt;b&gt;1<i></p>',
  )
  assert.not.ok(scriptJson({ a: '</script><!--' }).text.includes('<'))
})

const folder = mkdtempSync(join(tmpdir(), 'report-runs-'))
test.after(() => rmSync(folder, { recursive: true }))

interface Task {
  readonly name: string
  readonly events: readonly object[]
  readonly ms: number
}

function writeRun(id: string, description: object, tasks: readonly Task[]): string {
  const path = join(folder, id)
  mkdirSync(path)
  writeFileSync(
    join(path, 'run.json'),
    JSON.stringify({ runId: id, verb: 'up', command: 'pnpm up all', ...description }),
  )
  for (const { name, events, ms } of tasks) {
    writeFileSync(join(path, `${name}.events.jsonl`), events.map((event) => `${JSON.stringify(event)}\n`).join(''))
    writeFileSync(join(path, `${name}.result.json`), JSON.stringify({ task: name, ms, state: 'done', exitCode: 0 }))
  }
  return path
}

const begun = Date.parse('2026-01-31T12:00:00Z')
const done = (step: string, at: number, ms: number) => ({ type: 'step.done', step, ms, at: begun + at })
const started = (step: string, at: number) => ({ type: 'step.started', step, at: begun + at })

test('a waterfall tells when each step was, and what a task waited for', () => {
  const path = writeRun('20260131T120000000Z-1', {}, [
    { name: 'cluster', ms: 5000, events: [started('node', 1000), done('node', 5000, 4000), done('net', 6000, 500)] },
    { name: 'ingress', ms: 2000, events: [started('chart', 6500), done('chart', 8500, 2000)] },
  ])
  const run = readRun(path)
  const { bars, length } = timelineOf(run as NonNullable<typeof run>, { ingress: ['cluster'] })
  assert.is(length, 8500)
  assert.equal(
    bars.map(({ label, from, to, waited }) => [label, from, to, waited?.on.join() ?? '']),
    [
      ['cluster', 1000, 6000, ''],
      ['node', 1000, 5000, ''],
      ['net', 5500, 6000, ''],
      ['ingress', 6500, 8500, 'cluster'],
      ['chart', 6500, 8500, ''],
    ],
  )
})

test('events without times, of runs of before, still tell how long a task was', () => {
  const path = writeRun('20260131T120000000Z-2', {}, [
    { name: 'cluster', ms: 5000, events: [{ type: 'step.done', step: 'node', ms: 1 }] },
  ])
  const [task] = readRun(path)?.tasks ?? []
  assert.is(Math.round((task?.endedAt ?? 0) - (task?.startedAt ?? 0)), 5000)
})

test('the newest run is that of the verb and the cluster, with results', () => {
  writeRun('20260131T120000000Z-3', { cluster: 'mine' }, [{ name: 'cluster', ms: 1, events: [] }])
  writeRun('20260131T120000000Z-4', { cluster: 'other' }, [{ name: 'cluster', ms: 1, events: [] }])
  writeRun('20260131T120000000Z-5', { cluster: 'mine' }, [])
  writeRun('20260131T120000000Z-6', { verb: 'verify' }, [{ name: 'cluster', ms: 1, events: [] }])
  mkdirSync(join(folder, '20260131T120000000Z-7'))
  assert.is(newestRun(folder, { verb: 'up', cluster: 'mine' })?.id, '20260131T120000000Z-3')
  assert.is(newestRun(folder, { verb: 'verify', cluster: 'mine' })?.id, '20260131T120000000Z-6')
  assert.is(newestRun(join(folder, 'none'), { verb: 'up', cluster: 'mine' }), undefined)
})

test.run()
