import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { documents, publishedSchema } from '../src/documents.ts'
import {
  type CheckResult,
  createRunDirectory,
  newRunId,
  type RunDescription,
  repositoryRoot,
  type TaskResult,
  type WorkspaceUnit,
} from '../src/index.ts'
import { processStart } from '../src/process-identity.ts'
import { formatPlan } from '../src/report.ts'
import { collectOutcomes } from '../src/tasks.ts'
import { countReports } from '../src/test-runner.ts'
import { noCheckRan } from '../src/verbs.ts'

const runs = suite('runs')
const parent = mkdtempSync(join(tmpdir(), 'platform-runs-'))
runs.after(() => rmSync(parent, { recursive: true }))
const describe = (runId: string): RunDescription => ({
  runId,
  verb: 'up',
  purge: false,
  command: 'pnpm up all',
  // No such process: pids do not go that high.
  front: { pid: 2 ** 30 },
})

runs('events are read as they are written, only complete lines', () => {
  const run = createRunDirectory(parent, describe('a'))
  const read = run.follow('node')
  assert.equal(read(), [])
  const emit = run.emitter('node')
  emit({ type: 'step.started', step: 'ä' })
  assert.equal(read(), [{ type: 'step.started', step: 'ä' }])
  emit({ type: 'notice', level: 'warn', message: 'https://me:secret@x/y is unreachable', hint: 'curl //me:secret@x/y' })
  assert.equal(read(), [{ type: 'notice', level: 'warn', message: 'https://x/y is unreachable', hint: 'curl //x/y' }])
  appendFileSync(join(run.path, 'node.events.jsonl'), '{"type":"step.do')
  assert.equal(read(), [])
  appendFileSync(join(run.path, 'node.events.jsonl'), 'ne","step":"b","ms":1}\n')
  assert.equal(read(), [{ type: 'step.done', step: 'b', ms: 1 }])
})

runs('results, pids and the stop request are shared through the folder', () => {
  const run = createRunDirectory(parent, describe('b'))
  assert.is(run.result('node'), undefined)
  const result: TaskResult = { task: 'node', exitCode: 0, state: 'done', ms: 5, summary: 'up' }
  run.writeResult(result)
  run.announce('node', 42)
  assert.equal([run.result('node'), run.pids(), run.stopped], [result, [42], false])
  run.stop('SIGINT')
  assert.ok(run.stopped)
  assert.equal(run.describe(), describe('b'))
})

runs('the oldest runs are deleted', () => {
  const many = join(parent, 'many')
  mkdirSync(many)
  const ids = Array.from({ length: 25 }, (_, i) => newRunId(new Date(2026, 0, 1, 0, 0, i), 1))
  for (const id of ids) createRunDirectory(many, describe(id))
  assert.equal(readdirSync(many).sort(), ids.slice(-20))
})

runs('the oldest run is kept while its front script runs', () => {
  const busy = join(parent, 'busy')
  mkdirSync(busy)
  const ids = Array.from({ length: 25 }, (_, i) => newRunId(new Date(2026, 0, 1, 0, 0, i), 1))
  for (const id of ids) {
    const front = { pid: process.pid, start: processStart(process.pid) }
    createRunDirectory(busy, id === ids[0] ? { ...describe(id), front } : describe(id))
  }
  assert.equal(readdirSync(busy).sort(), [ids[0], ...ids.slice(-20)])
})

const check = (skipped?: true): CheckResult => ({
  name: 'a',
  outcome: skipped ? 'skipped' : 'passed',
  ms: 1,
  message: 'no grafana',
})
for (const [name, checks, expected] of [
  ['all checks skipped', [check(true), check(true)], /no check of proof "panels" of grafana could run: no grafana$/],
  ['one check that ran', [check(true), check()], undefined],
  ['no checks at all', [], undefined],
] as const) {
  runs(`verify with ${name} ${expected ? 'fails' : 'has no extra error'}`, () => {
    const found = noCheckRan({ checks, proof: 'panels', names: ['grafana'] })
    if (expected) assert.match(found?.message ?? '', expected)
    else assert.is(found, undefined)
  })
}

const step = (detail: string) => ({ action: 'update' as const, subject: 'ConfigMap a/b', detail })
const shown = (detail: string, of: 'up' | 'down' = 'up') =>
  formatPlan({ of, units: [{ name: 'a', state: 'installed', steps: [step(detail)] }], changes: 1 }, false)
runs('a long plan is cut, and the output shows the command for the whole plan', () => {
  assert.not.match(shown('data: 1 → 2'), /--json/)
  const long = shown(`data: ${'x'.repeat(5000)} → ${'y'.repeat(5000)}`)
  assert.match(long, /data: x+ … y+\n/)
  assert.match(long, /pnpm -s plan a --json/)
  const lines = shown(Array.from({ length: 300 }, (_, i) => `+ ${i}`).join('\n'), 'down')
  assert.match(lines, /\+ 199\n {6}… 100 more lines; all of it: pnpm -s down a --dry-run --json/)
  assert.not.match(lines, /\+ 200\n/)
})

const unit = (name: string, dependencies: string[] = []): WorkspaceUnit => ({
  name,
  packageName: name,
  directory: '/',
  isComponent: true,
  dependencies,
})
const units = [unit('base'), unit('top', ['base']), unit('side')]
const done: TaskResult = { task: '', exitCode: 0, state: 'done', ms: 1 }
const failed: TaskResult = { task: '', exitCode: 1, state: 'failed', ms: 1 }

for (const [name, verb, results, stopped, expected] of [
  ['all succeeded', 'up', { base: done, top: done, side: done }, false, ['done', 'done', 'done']],
  ['dependents of a failed unit are skipped', 'up', { base: failed, side: done }, false, ['failed', 'skipped', 'done']],
  [
    'down skips dependencies of a failed unit',
    'down',
    { top: failed, side: done },
    false,
    ['skipped', 'failed', 'done'],
  ],
  ['a unit without a result is missing', 'up', { base: done, top: done }, false, ['done', 'done', 'missing']],
  [
    'a unit without a result after a signal is interrupted',
    'up',
    { base: done, top: done },
    true,
    ['done', 'done', 'interrupted'],
  ],
] as const) {
  runs(`outcomes: ${name}`, () => {
    const outcomes = collectOutcomes(verb, units, (unit) => (results as Record<string, TaskResult>)[unit], stopped)
    assert.equal(
      outcomes.map(({ outcome }) => outcome),
      expected,
    )
  })
}

for (const [name, report, expected] of [
  ['a file that passed', { total: 3, passed: 3, skipped: 1 }, { passed: 3, failed: 0, skipped: 1 }],
  ['a file with failures', { total: 3, passed: 1, skipped: 0 }, { passed: 1, failed: 2, skipped: 0 }],
  ['a file without .run()', { total: 0, passed: 0, skipped: 0 }, { passed: 0, failed: 1, skipped: 0 }],
  ['a file that skips all', { total: 0, passed: 0, skipped: 2 }, { passed: 0, failed: 0, skipped: 2 }],
  [
    'a file that could not be loaded',
    { total: 0, passed: 0, skipped: 0, error: 'x' },
    { passed: 0, failed: 1, skipped: 0 },
  ],
  ['a file whose process ended', undefined, { passed: 0, failed: 1, skipped: 0 }],
] as const) {
  runs(`${name} counts as ${JSON.stringify(expected)}`, () => {
    const { problems: _, ...count } = countReports(['/a'], report ? [{ file: '/a', ms: 1, ...report }] : [])
    assert.equal(count, expected)
  })
}

for (const name of Object.keys(documents) as (keyof typeof documents)[]) {
  runs(`docs/schemas/${name}.json is up to date (pnpm schemas writes it)`, () => {
    assert.is(readFileSync(join(repositoryRoot, 'docs', 'schemas', `${name}.json`), 'utf8'), publishedSchema(name))
  })
}

runs.run()
