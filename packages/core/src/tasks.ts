import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from './documents.ts'
import type { Environment } from './environment.ts'
import { ExitCode } from './errors.ts'
import { formatError } from './main.ts'
import { createRenderer } from './renderer.ts'
import type { ErrorDescription, RunDirectory, TaskResult } from './run-directory.ts'
import { startTurbo } from './turbo.ts'
import type { WorkspaceUnit } from './workspace.ts'

/** Poll interval for the tasks' events, in ms. */
const followMs = 100

/** The outcome of a task, with its result. */
export interface TaskOutcome extends Partial<Omit<TaskResult, 'task' | 'state'>> {
  readonly name: string
  readonly outcome: Exclude<Outcome, 'unchanged'>
  readonly exitCode: number
}

export interface TasksOptions {
  readonly root: string
  readonly verb: 'up' | 'down'
  readonly units: readonly WorkspaceUnit[]
  readonly run: RunDirectory
  readonly env: Environment
  readonly signal: AbortSignal
}

/**
 * Runs the units' own scripts with turbo, in dependency order and concurrently, and shows their events on stderr. A signal
 * is forwarded to the tasks; tasks that have not started do not start.
 */
export async function runTasks(options: TasksOptions): Promise<TaskOutcome[]> {
  const { units, run, env, signal } = options
  const renderer = createRenderer(process.stderr, env, { tasks: units.map(({ name }) => name) })
  const followers = units.map(({ name }) => ({ name, read: run.follow(name) }))
  const showNew = () => {
    for (const { name, read } of followers) {
      // Read the result before the events: when it exists, all events are written.
      const result = run.result(name)
      if (run.hasStarted(name)) renderer.taskStarted(name)
      for (const event of read()) renderer.show(name, event)
      if (result) renderer.taskEnded(name, { done: result.exitCode === ExitCode.done, ms: result.ms })
    }
  }
  const turbo = startTurbo(options)
  const stop = () => {
    run.stop(String(signal.reason))
    for (const pid of run.pids()) sendSignal(pid, signal.reason)
  }
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  process.on('exit', turbo.kill)
  const timer = setInterval(showNew, followMs)
  try {
    await turbo.ended
  } finally {
    clearInterval(timer)
    process.off('exit', turbo.kill)
    signal.removeEventListener('abort', stop)
    showNew()
    renderer.end()
  }
  const outcomes = collectOutcomes(options.verb, units, (name) => run.result(name), signal.aborted)
  for (const { name, error, outcome } of outcomes) {
    if (error) process.stderr.write(`${name} ${formatError(error)}`)
    if (outcome === 'missing') process.stderr.write(`${logTail(run)}\n`)
  }
  return outcomes
}

/** The outcome of each unit, from the results of the tasks. Pure. */
export function collectOutcomes(
  verb: TasksOptions['verb'],
  units: readonly WorkspaceUnit[],
  result: (name: string) => TaskResult | undefined,
  stopped: boolean,
): TaskOutcome[] {
  const unsuccessful = new Set(units.map(({ name }) => name).filter((name) => result(name)?.state !== 'done'))
  return units.map((unit) => {
    const { name } = unit
    const written = result(name)
    if (written) {
      const { state, task: _, ...rest } = written
      return { name, outcome: state, ...rest }
    }
    const waitsFor =
      verb === 'down'
        ? units.filter((each) => each.dependencies.includes(name)).map((each) => each.name)
        : unit.dependencies
    const cause = waitsFor.find((each) => unsuccessful.has(each))
    if (cause)
      return { name, outcome: 'skipped', exitCode: ExitCode.failed, summary: `not started: ${cause} did not succeed` }
    if (stopped) return { name, outcome: 'interrupted', exitCode: ExitCode.failed, summary: 'not started' }
    return { name, outcome: 'missing', exitCode: ExitCode.failed, error: noResult(name) }
  })
}

function noResult(name: string): ErrorDescription {
  return { code: 'TASK_RESULT_MISSING', message: `the task of ${name} ended without a result; its output follows` }
}

function logTail(run: RunDirectory): string {
  const lines = readFileSync(join(run.path, 'turbo.log'), 'utf8').trimEnd().split('\n')
  return lines.slice(-40).join('\n')
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has already exited.
  }
}
