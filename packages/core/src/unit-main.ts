import { ExitCode, PlatformError, usageError } from './errors.ts'
import { withLock } from './lock.ts'
import { describeError, type MainContext, runMain } from './main.ts'
import { repositoryRoot } from './paths.ts'
import { isAlive } from './process-identity.ts'
import { clusterLock, type RunDescription, RunDirectory, type TaskResult } from './run-directory.ts'
import { systemRunner } from './runner.ts'
import { loadSettings } from './settings.ts'
import type { Unit, UnitContext } from './unit.ts'

/** How often a task checks that the front script still runs, in ms. */
const frontCheckMs = 1000

/** How long a task waits for the task of a killed run to end, in ms. */
const orphanMs = 20_000

/**
 * The entry point of a package's src/main.ts: `await runUnit(unit)`. With RUN_DIR it is a task of a run and writes its
 * events and result there. Without (`pnpm --filter @platform/cluster run up`) it is the command itself, for this unit only.
 */
export async function runUnit(unit: Unit): Promise<never> {
  return runMain(async (main) => {
    if (main.env.RUN_DIR) return runTask(unit, main, new RunDirectory(main.env.RUN_DIR))
    const [verb = '', ...rest] = main.args
    if (verb !== 'up' && verb !== 'down' && verb !== 'verify') {
      throw usageError(
        'INVALID_ARGUMENTS',
        `main.ts of ${unit.name}: expected up, down or verify, not "${verb}"`,
        `pnpm run up ${unit.name}`,
      )
    }
    const { runVerb } = await import('./verbs.ts')
    const alone = verb === 'verify' ? [] : ['--no-deps']
    return runVerb(verb, { ...main, args: [unit.name, ...alone, ...rest] })
  })
}

async function runTask(unit: Unit, main: MainContext, run: RunDirectory): Promise<number> {
  const { verb, purge, front, command, images } = run.describe()
  if (verb === 'verify') throw new Error('verify runs in the front script, not in tasks')
  const started = performance.now()
  const task = unit.name
  const finish = (result: Omit<TaskResult, 'task' | 'ms'>): number => {
    run.writeResult({ task, ms: Math.round(performance.now() - started), ...result })
    return result.exitCode
  }
  run.announce(task, process.pid)
  const signal = abortWhenFrontExits(main.signal, front)
  if (run.stopped || signal.aborted) return finish({ state: 'interrupted', exitCode: ExitCode.failed })
  try {
    const settings = loadSettings({ env: main.env, root: repositoryRoot })
    const context: UnitContext = { settings, runner: systemRunner, emit: run.emitter(task), signal, images }
    const work = async () => finish(await perform(unit, verb, purge, context))
    // The front script holds the cluster's lock. When it is killed, its tasks notice and end; this lock makes the tasks of
    // the next run wait for them.
    const lock = `${clusterLock(settings)}.${task}`
    return await withLock(lock, { command: `${command} (${task})`, waitMs: orphanMs, signal }, work)
  } catch (error) {
    if (signal.aborted) {
      const message = `interrupted by ${signal.reason}${error instanceof PlatformError ? `: ${error.message}` : ''}`
      return finish({ state: 'interrupted', exitCode: ExitCode.failed, error: { code: 'INTERRUPTED', message } })
    }
    const exitCode = error instanceof PlatformError ? error.exitCode : ExitCode.failed
    return finish({ state: 'failed', exitCode, error: describeError(error) })
  }
}

async function perform(
  unit: Unit,
  verb: 'up' | 'down',
  purge: boolean,
  context: UnitContext,
): Promise<Omit<TaskResult, 'task' | 'ms'>> {
  const { summary, data } = verb === 'up' ? await unit.up(context) : await unit.down(context, { purge })
  return { state: 'done', exitCode: ExitCode.done, summary, data }
}

/** Aborted with the process's own signal, or when the front script is gone and can no longer stop this task. */
function abortWhenFrontExits(own: AbortSignal, front: RunDescription['front']): AbortSignal {
  const stop = new AbortController()
  const abort = () => stop.abort(own.reason)
  if (own.aborted) abort()
  own.addEventListener('abort', abort, { once: true })
  const timer = setInterval(() => {
    if (!isAlive(front.pid, front.start)) stop.abort('SIGTERM')
  }, frontCheckMs)
  timer.unref()
  return stop.signal
}
