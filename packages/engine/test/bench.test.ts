import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PlatformError } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { busySeconds } from '../src/bench/cpu-seconds.ts'
import { criticalPath, formatPath, readTasks } from '../src/bench/critical-path.ts'
import { figuresOf, requireOneChange } from '../src/bench/platform-bench.ts'
import { platformBenchCommand } from '../src/bench/platform-command.ts'
import { formatChecks, slowestChecks } from '../src/bench/slowest-checks.ts'

const bench = suite('platform benchmark')
const folder = mkdtempSync(join(tmpdir(), 'platform-bench-'))
bench.after(() => rmSync(folder, { recursive: true }))

const task = (name: string, from: number, ms: number) => {
  const events = [
    { type: 'step.started', step: 'look', at: from },
    { type: 'step.done', step: 'look', ms: ms - 50, at: from + ms - 50 },
  ]
  writeFileSync(join(folder, `${name}.events.jsonl`), events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  writeFileSync(join(folder, `${name}.result.json`), JSON.stringify({ task: name, ms }))
}
task('ingress', 1000, 2000)
task('monitoring', 3100, 5000)
task('storage', 3100, 1000)
task('grafana', 8300, 700)
const units = [
  { name: 'ingress', dependencies: [] },
  { name: 'monitoring', dependencies: ['ingress'] },
  { name: 'storage', dependencies: ['ingress'] },
  { name: 'grafana', dependencies: ['ingress', 'monitoring'] },
  { name: 'not-run', dependencies: ['grafana'] },
]

bench('the critical path follows the dependencies that ended last', () => {
  const path = criticalPath(readTasks(folder, units))
  assert.equal(
    path.map(({ name, from, to }) => [name, from, to]),
    [
      ['ingress', 0, 2000],
      ['monitoring', 2100, 7100],
      ['grafana', 7300, 8000],
    ],
  )
  assert.match(formatPath(path), /monitoring: 5\.0 s \(from 2\.1 s, 0\.1 s after ingress\)\n +5\.0 s {2}look/)
})

bench('a run without files has no critical path', () => assert.equal(criticalPath(readTasks('/nowhere', units)), []))

bench('CPU time excludes idle and iowait', () => {
  assert.is(busySeconds('cpu  100 10 50 99999 5000 20 20 0 0 0\ncpu0 1 2 3\n'), 2)
})

bench('up and verify are one figure with a target', () => {
  const timed = (seconds: number) => ({ seconds, cpu: seconds * 2 })
  const run = { cluster: timed(1), up: timed(40), verify: timed(10), noop: timed(1), changed: timed(5), down: timed(9) }
  const found = figuresOf([run]).find(({ target }) => target === 90)
  assert.equal(found?.values, [50])
})

bench('the slowest checks come first with their units', () => {
  const check = (id: string, ms: number) => ({ id, name: `${id} works`, outcome: 'passed' as const, ms })
  const units = [
    { name: 'storage', outcome: 'done' as const, checks: [check('connect', 900), check('volume', 100)] },
    { name: 'grafana', outcome: 'done' as const, checks: [check('panels', 21_000)] },
  ]
  const slowest = slowestChecks({ units }, 2)
  assert.is(formatChecks(slowest), '   21.0 s  grafana: panels\n    0.9 s  storage: connect')
})

const unit = (name: string, outcome: 'done' | 'unchanged') => ({ name, outcome, summary: '' })
for (const [changed, outcomes, problem] of [
  ['one component', ['unchanged', 'done', 'unchanged'], undefined],
  ['none', ['unchanged', 'unchanged', 'unchanged'], /changed none/],
  ['more than one', ['unchanged', 'done', 'done'], /changed b, c/],
] as const) {
  bench(`the measurement of a changed component ${problem ? 'fails' : 'passes'} when \`up\` changed ${changed}`, () => {
    const units = outcomes.map((outcome, n) => unit('abc'.charAt(n), outcome))
    if (problem) assert.throws(() => requireOneChange({ units }), problem)
    else requireOneChange({ units })
  })
}

for (const args of [['nonsense'], ['platform', 'cluster'], ['--runs', '0'], ['--wrong']]) {
  bench(`\`pnpm bench ${args.join(' ')}\` is refused with the usage`, async () => {
    const main = { args, env: {}, print: () => {}, signal: new AbortController().signal }
    const error = (await platformBenchCommand(main).catch((thrown: unknown) => thrown)) as PlatformError
    assert.is(error.exitCode, 2)
    assert.match(error.message, /usage: pnpm bench \[platform\|cluster\] \[--runs N\] \[--json\]/)
  })
}

bench.run()
