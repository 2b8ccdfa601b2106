import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createRenderer,
  describeError,
  formatDuration,
  formatError,
  formatEvent,
  PlatformError,
  type PlatformEvent,
} from '../src/index.ts'
import { formatJunit, runSuites, verifySuites, writeJunit } from '../src/junit.ts'
import { formatPlan, formatVerify } from '../src/report.ts'

const format = suite('formatters')

for (const [event, line] of [
  [{ type: 'step.started', step: 'build etcd', n: 3, of: 11 }, 'node ▸ build etcd (3 of 11)'],
  [{ type: 'step.started', step: 'start' }, 'node ▸ start'],
  [{ type: 'step.progress', step: 'start', message: 'waiting for the API' }, 'node · start: waiting for the API'],
  [{ type: 'step.done', step: 'start', ms: 3421, detail: 'ready' }, 'node ✓ start 3.4s ready'],
  [{ type: 'step.failed', step: 'start', ms: 125_000, message: 'a\nb' }, 'node ✗ start 2m05s a\nnode b'],
  [{ type: 'notice', level: 'warn', message: 'old', hint: 'pnpm up all' }, 'node ! old\nnode   hint: pnpm up all'],
] as const) {
  format(`${event.type} is shown as "${line}"`, () =>
    assert.is(formatEvent('node', event as PlatformEvent, false), line),
  )
}

for (const [ms, text] of [
  [0, '0.0s'],
  [59_940, '59.9s'],
  [59_960, '1m00s'],
  [3_599_600, '60m00s'],
] as const) {
  format(`${ms} ms is ${text}`, () => assert.is(formatDuration(ms), text))
}

function show(stream: { isTTY?: boolean; columns?: number }, env: Record<string, string>): string {
  let text = ''
  const renderer = createRenderer({ ...stream, write: (chunk) => (text += chunk) }, env, { now: () => 0 })
  renderer.show('node', { type: 'step.started', step: 'start' })
  renderer.show('node', { type: 'step.progress', step: 'start', message: 'x'.repeat(100) })
  renderer.show('node', { type: 'step.done', step: 'start', ms: 1 })
  renderer.end()
  return text
}

for (const [name, stream, env] of [
  ['a pipe', {}, {}],
  ['NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }],
  ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }],
  ['CI with a terminal', { isTTY: true }, { CI: 'true' }],
] as const) {
  format(`${name} gets plain lines in order`, () => {
    assert.is(show(stream, env), `node ▸ start\nnode · start: ${'x'.repeat(100)}\nnode ✓ start 0.0s\n`)
  })
}

format('an error is shown with code, message and hint; a bug with its stack', () => {
  assert.is(
    formatError(describeError(new PlatformError('NO_GO', 'no Go', { hint: 'apt-get install golang' }))),
    'NO_GO: no Go\n  hint: apt-get install golang\n',
  )
  assert.match(formatError(describeError(new TypeError('oops'))), /^BUG: TypeError: oops\n +at /)
})

format('an error shows no passwords, whatever their source', () => {
  const url = 'https://me:secret@host/x'
  for (const error of [new PlatformError('X', `can't reach ${url}`, { hint: `get ${url}` }), new Error(url)]) {
    assert.not.match(JSON.stringify(describeError(error)), /secret/)
  }
})

format('a plan shows the current state and each step with its reason and commands', () => {
  const steps = [
    { action: 'start' as const, subject: 'the node', detail: 'it is stopped', commands: [['echo', "it's"]] },
  ]
  assert.is(
    formatPlan({ of: 'up', units: [{ name: 'cluster', state: 'stopped', steps }], changes: 1 }, false),
    "cluster: stopped\n  ▸ start the node\n      it is stopped\n      $ echo 'it'\\''s'\n1 step to do\n",
  )
})

format('a JUnit report escapes special characters and drops control characters', () => {
  const checks = [
    { name: 'a "b"', outcome: 'failed' as const, ms: 1500, message: '\u001b[31m1 < 2 & 3\nthen', hint: 'do' },
  ]
  const text = formatJunit(verifySuites([{ name: 'cluster', outcome: 'done', checks }]))
  assert.match(text, /<testsuite name="cluster" tests="1" failures="1" errors="0" skipped="0">/)
  assert.match(
    text,
    /name="a &quot;b&quot;" time="1.500">\s+<failure message="\[31m1 &lt; 2 &amp; 3&#10;then">\[31m1 &lt; 2 &amp; 3\nthen\nhint: do<\/failure>/,
  )
})

for (const [name, unit, expected] of [
  [
    'that was interrupted before it started',
    { outcome: 'interrupted' },
    /errors="1" skipped="0">\s+<testcase classname="cluster" name="verify">\s+<error type="INTERRUPTED" message="[^"]*interrupted"/,
  ],
  [
    'that has no result',
    { outcome: 'missing', error: { code: 'TASK_RESULT_MISSING', message: 'gone' } },
    /tests="1" failures="0" errors="1" skipped="0">\s+.*\s+<error type="TASK_RESULT_MISSING" message="gone"/,
  ],
  ['that succeeded', { outcome: 'done' }, /tests="0" failures="0" errors="0" skipped="0">/],
] as const) {
  format(`the JUnit suite of a unit ${name}`, () =>
    assert.match(formatJunit(verifySuites([{ name: 'cluster', checks: [], ...unit }])), expected),
  )
}

const skippedCheck = {
  id: 'x',
  name: 'a page opens',
  outcome: 'skipped' as const,
  ms: 0,
  message: 'no page',
  hint: 'do',
}

format('a skipped check counts as neither passed nor failed, in the report and in JUnit', () => {
  const units = [{ name: 'storage', outcome: 'done' as const, checks: [skippedCheck] }]
  const text = formatVerify({ units, passed: 41, failed: 0, skipped: 1 }, false)
  assert.match(text, /- skipped: a page opens 0\.0s\n {6}no page\n41 checks passed, 0 failed, 1 skipped\n$/)
  assert.not.match(text, /✓|✗|hint/)
  assert.match(
    formatJunit(verifySuites(units)),
    /failures="0" errors="0" skipped="1">\s+<testcase [^>]*>\s+<skipped message="no page"\/>/,
  )
})

format('a JUnit report of `up` has a suite for each unit, and an error for each unsuccessful one', () => {
  const error = { code: 'COMPONENT_FAILED', message: 'no such image', hint: 'pnpm plan b' }
  const units = [
    { name: 'a', outcome: 'unchanged' as const, summary: 'up to date' },
    { name: 'b', outcome: 'failed' as const, ms: 2000, summary: 'failed', error },
    { name: 'c', outcome: 'skipped' as const, summary: 'not started: b did not succeed' },
  ]
  const text = formatJunit(runSuites({ verb: 'up', units }))
  assert.match(text, /<testsuite name="a" tests="1" failures="0" errors="0" skipped="0">/)
  assert.match(
    text,
    /name="up" time="2.000">\s+<error type="COMPONENT_FAILED" message="no such image">no such image\nhint: pnpm plan b</,
  )
  assert.match(text, /<error type="SKIPPED" message="not started: b did not succeed">/)
})

format('a JUnit report creates its folder; the error for an unwritable file names the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'platform-junit-'))
  try {
    writeJunit(join(folder, 'a/b/junit.xml'), [])
    assert.match(readFileSync(join(folder, 'a/b/junit.xml'), 'utf8'), /<testsuites>/)
    writeFileSync(join(folder, 'file'), '')
    assert.throws(
      () => writeJunit(join(folder, 'file/junit.xml'), []),
      ({ code, message }: PlatformError) => code === 'JUNIT_NOT_WRITTEN' && message.includes('file/junit.xml'),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

format.run()
