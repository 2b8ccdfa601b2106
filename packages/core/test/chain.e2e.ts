import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { documents } from '../src/documents.ts'
import { isAlive } from '../src/process-identity.ts'
import { createFixture, type Ended, type Started } from './fixture.ts'

// Tests the whole chain: pnpm → .pnpmfile.cjs → scripts/<verb>.ts → turbo → pnpm → a package's src/main.ts.
const fixture = createFixture([{ name: 'base' }, { name: 'top', needs: ['base'] }, { name: 'side' }])
const logFile = join(fixture.root, 'probe.log')
const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8').trim().split('\n') : [])
const runs = () => {
  const folder = join(fixture.root, '.cluster', '.runs')
  return existsSync(folder) ? readdirSync(folder).length : 0
}
const call = (words: readonly string[], env: Record<string, string> = {}) =>
  fixture.call(words, { PROBE_LOG: logFile, ...env })
const start = (words: readonly string[], env: Record<string, string> = {}) =>
  fixture.start(words, { PROBE_LOG: logFile, ...env })

const chain = suite('chain')
chain.before.each(() => {
  rmSync(join(fixture.root, '.cluster'), { recursive: true, force: true })
  rmSync(logFile, { force: true })
})
chain.after(() => fixture.remove())

const before = (lines: readonly string[], first: string, second: string) =>
  assert.ok(
    lines.indexOf(first) >= 0 && lines.indexOf(first) < lines.indexOf(second),
    `"${first}" before "${second}" in:\n${lines.join('\n')}`,
  )

function exits(ended: Ended, code: number): void {
  assert.is(ended.code, code, `exit code ${ended.code}, signal ${ended.signal}\n${ended.stdout}\n${ended.stderr}`)
}

for (const [name, words, expected] of [
  ['`pnpm up` without a name', ['up'], /pnpm up all.*pnpm update/s],
  ['a typo', ['up', 'bsae'], /bsae.*pnpm up all.*pnpm update bsae/s],
  ['a component and a dependency in one call', ['up', 'zx', 'top'], /pnpm up top.*pnpm update zx/s],
  ['an option that only `update` knows', ['up', 'all', '--latest'], /--latest/],
  ['an unknown name after `down`', ['-s', 'down', 'bsae'], /UNKNOWN_COMPONENT.*base, side, top, all/s],
  ['an unknown option', ['-s', 'down', 'all', '--purgatory'], /INVALID_ARGUMENTS.*--purgatory/s],
] as const) {
  chain(`${name} exits with 2 and a hint, and changes nothing`, async () => {
    const ended = await call(words)
    exits(ended, 2)
    assert.match(ended.stderr, expected)
    assert.is(ended.stdout, '')
    assert.equal(log(), [])
    assert.not(existsSync(join(fixture.root, '.cluster')))
  })
}

chain('a wrong setting exits with 2 and an error document', async () => {
  const ended = await call(['up', 'all', '--', '--json'], { TARGET: 'moon', CLUSTER_NAME: 'No!' })
  exits(ended, 2)
  const { error } = documents.error.parse(JSON.parse(ended.stdout))
  assert.is(error.code, 'INVALID_SETTINGS')
  assert.match(error.message, /TARGET=moon/)
  assert.match(error.message, /CLUSTER_NAME=No!/)
})

chain('`pnpm up <dependency>` is still an update by pnpm', async () => {
  const lock = statSync(join(fixture.root, 'pnpm-lock.yaml')).mtimeMs
  const ended = await call(['up', 'zx', '--lockfile-only'])
  exits(ended, 0)
  assert.match(ended.stdout, /using pnpm v10/)
  assert.not.equal(statSync(join(fixture.root, 'pnpm-lock.yaml')).mtimeMs, lock)
  assert.equal(log(), [])
})

chain('up in order, up again does nothing, plan, verify, down in reverse order', async () => {
  const first = await call(['up', 'all'])
  exits(first, 0)
  assert.match(first.stdout, /✓ base: base is up.*✓ top: top is up/s)
  assert.match(first.stderr, /^base ✓ up base/m)
  before(log(), 'base up ends', 'top up begins')
  assert.is(runs(), 1)

  const second = await call(['up', 'all'])
  exits(second, 0)
  assert.match(second.stdout, /nothing to do/)
  assert.is(runs(), 1, 'a no-op does not start turbo')

  const unchanged = await call(['-s', 'plan', 'all', '--json'])
  exits(unchanged, 0)
  assert.is(documents.plan.parse(JSON.parse(unchanged.stdout)).changes, 0)

  const junit = join(fixture.root, 'junit.xml')
  const verified = await call(['-s', 'verify', 'all', '--json', '--junit', junit], { PROBE_top: 'noise' })
  exits(verified, 0)
  assert.is(documents.verify.parse(JSON.parse(verified.stdout)).passed, 6)
  assert.match(readFileSync(junit, 'utf8'), /<testsuite name="top" tests="2" failures="0"/)

  const dry = await call(['-s', 'down', 'all', '--dry-run'])
  exits(dry, 0)
  assert.match(dry.stdout, /stop base\n +\$ touch 'a file'/)

  rmSync(logFile)
  const down = await call(['-s', 'down', 'all', '--purge', '--json'])
  exits(down, 0)
  assert.ok(documents.run.parse(JSON.parse(down.stdout)).ok)
  before(log(), 'top purge ends', 'base purge begins')

  const changes = await call(['-s', 'plan', 'top', '--json'])
  exits(changes, 3)
  const document = documents.plan.parse(JSON.parse(changes.stdout))
  assert.equal(
    document.units.map(({ name }) => name),
    ['base', 'top'],
  )

  const failing = await call(['-s', 'verify', 'side'])
  exits(failing, 1)
  assert.match(failing.stdout, /✗ the state file exists.*hint: pnpm up all.*1 checks passed, 1 failed/s)
})

chain(
  'a unit fails: exit code 1, dependents are skipped, others continue, and the next up completes the run',
  async () => {
    const ended = await call(['up', 'all', '--', '--json'], { PROBE_base: 'fail', PROBE_side: 'usage' })
    exits(ended, 1)
    const document = documents.run.parse(JSON.parse(ended.stdout))
    assert.equal(
      document.units.map(({ name, outcome }) => [name, outcome]),
      [
        ['base', 'failed'],
        ['side', 'failed'],
        ['top', 'skipped'],
      ],
    )
    assert.match(ended.stderr, /PROBE_FAILED: base failed as configured\n {2}hint: true/)
    assert.not(log().includes('top up begins'))
    exits(await call(['up', 'all']), 0)
  },
)

chain('a unit with a wrong setting: exit code 2', async () => {
  const ended = await call(['up', 'side'], { PROBE_side: 'usage' })
  exits(ended, 2)
  assert.match(ended.stderr, /PROBE_USAGE/)
})

chain('a unit that fails in plan: exit code 2, nothing is changed', async () => {
  const ended = await call(['up', 'all', '--', '--json'], { PROBE_top: 'refuse' })
  exits(ended, 2)
  assert.is(documents.error.parse(JSON.parse(ended.stdout)).error.code, 'PROBE_REFUSED')
  assert.equal(log(), [])
})

chain('a killed task has no result: exit code 1, and its last output is shown', async () => {
  const ended = await call(['up', 'side', '--', '--json'], { PROBE_side: 'crash' })
  exits(ended, 1)
  assert.is(documents.run.parse(JSON.parse(ended.stdout)).units[0]?.outcome, 'missing')
  assert.match(ended.stderr, /last output of side/)
})

chain('output of a task does not reach stdout; a bug is shown with its stack', async () => {
  const noisy = await call(['up', 'side', '--', '--json'], { PROBE_side: 'noise' })
  exits(noisy, 0)
  documents.run.parse(JSON.parse(noisy.stdout))
  const bug = await call(['up', 'base'], { PROBE_base: 'bug' })
  exits(bug, 1)
  assert.match(bug.stderr, /BUG: TypeError: base has a bug\n +at /)
})

chain('`pnpm --filter <package> run up` brings up only that unit', async () => {
  const ended = await call(['-s', '--filter', '@platform/top', 'run', 'up'])
  exits(ended, 0)
  assert.equal(log(), ['top up begins', 'top up ends'])
})

/** Waits until the task hangs and returns its pid. */
async function hanging(started: Started): Promise<number> {
  for (let tries = 0; tries < 600; tries++) {
    const pid = log()
      .join('\n')
      .match(/hangs in (\d+)/)?.[1]
    if (pid) return Number(pid)
    if (started.child.exitCode !== null) break
    await sleep(100)
  }
  throw new Error(`the task does not hang: ${(await started.ended).stderr}`)
}

/** Processes of the fixture that still run, one per line. */
function remaining(): string {
  const all = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n')
  return all.filter((line) => line.includes(fixture.root)).join('\n')
}

for (const [name, words, signal, code] of [
  ['SIGINT to `pnpm up`', ['up', 'all'], 'SIGINT', 130],
  ['SIGTERM to `pnpm up`', ['up', 'all'], 'SIGTERM', 143],
  ['SIGINT to `pnpm run`', ['-s', 'run', 'up', 'all'], 'SIGINT', 130],
  ['SIGTERM to `pnpm run`', ['-s', 'run', 'up', 'all'], 'SIGTERM', 143],
] as const) {
  chain(`${name}: the task cleans up, no other task starts, exit code ${code}`, async () => {
    const started = start([...words, ...(words[0] === 'up' ? ['--'] : []), '--json'], { PROBE_base: 'hang' })
    await hanging(started)
    started.child.kill(signal)
    const ended = await started.ended
    exits(ended, code)
    assert.ok(log().includes(`base up cleaned up after ${signal}`), log().join('\n'))
    assert.not(log().includes('top up begins'))
    const document = documents.run.parse(JSON.parse(ended.stdout))
    assert.is(document.exitCode, code)
    assert.is(document.units.find(({ name }) => name === 'base')?.error?.code, 'INTERRUPTED')
    assert.is(remaining(), '')
  })
}

chain(
  'Ctrl-C in a terminal, which reaches the whole process group: exit code 130, and the task cleans up',
  async () => {
    const started = fixture.start(['up', 'base'], { PROBE_LOG: logFile, PROBE_base: 'hang' }, { detached: true })
    await hanging(started)
    process.kill(-(started.child.pid ?? 0), 'SIGINT')
    exits(await started.ended, 130)
    assert.ok(log().includes('base up cleaned up after SIGINT'))
    assert.is(remaining(), '')
  },
)

chain(
  'a concurrent up names the lock holder; when the front script is killed, the task ends and the next up succeeds',
  async () => {
    const first = start(['up', 'base'], { PROBE_base: 'hang' })
    const task = await hanging(first)
    const second = await call(['up', 'side', '--', '--json'])
    exits(second, 1)
    const { error } = documents.error.parse(JSON.parse(second.stdout))
    assert.is(error.code, 'LOCKED')
    const front = Number(error.message.match(/`pnpm up base` \(pid (\d+)\)/)?.[1])
    assert.ok(isAlive(front), error.message)
    process.kill(front, 'SIGKILL')
    await first.ended
    exits(await call(['up', 'base']), 0)
    assert.ok(log().includes('base up cleaned up after SIGTERM'), log().join('\n'))
    assert.not(isAlive(task))
    // The parent of turbo is gone: turbo exits by itself after its task.
    const end = Date.now() + 5_000
    while (remaining() && Date.now() < end) await sleep(50)
    assert.is(remaining(), '')
  },
)

chain.run()
