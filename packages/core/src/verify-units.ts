import type { Environment } from './environment.ts'
import { ExitCode, PlatformError } from './errors.ts'
import { describeError } from './main.ts'
import { createRenderer } from './renderer.ts'
import type { RunDirectory, TaskResult } from './run-directory.ts'
import { systemRunner } from './runner.ts'
import type { Settings } from './settings.ts'
import type { TaskOutcome } from './tasks.ts'
import { loadUnit, type WorkspaceUnit } from './workspace.ts'

export interface VerifyUnitsOptions {
  readonly units: readonly WorkspaceUnit[]
  readonly settings: Settings
  /** Receives their events and results. */
  readonly run: RunDirectory
  readonly env: Environment
  readonly signal: AbortSignal
  /** Run only the checks of this proof. */
  readonly proof: string | undefined
}

/**
 * Runs the checks of all units concurrently in this process: checks mostly wait, and a process per unit would take seconds
 * to start. Events are shown on stderr.
 */
export async function verifyUnits(options: VerifyUnitsOptions): Promise<TaskOutcome[]> {
  const { units, run, env } = options
  const renderer = createRenderer(process.stderr, env, { tasks: units.map(({ name }) => name) })
  const restore = stdoutToStderr()
  try {
    return await Promise.all(
      units.map(async (unit) => {
        const { name } = unit
        const started = performance.now()
        renderer.taskStarted(name)
        const { state, ...rest } = await verifyUnit(unit, options, renderer)
        const result = { ms: Math.round(performance.now() - started), ...rest }
        run.writeResult({ task: name, state, ...result })
        renderer.taskEnded(name, { done: result.exitCode === ExitCode.done, ms: result.ms })
        return { name, outcome: state, ...result }
      }),
    )
  } finally {
    restore()
    renderer.end()
  }
}

/** Redirects stdout to stderr, because stdout is for the result only. Returns a function that restores it. */
function stdoutToStderr(): () => void {
  const { write } = process.stdout
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof write
  return () => {
    process.stdout.write = write
  }
}

async function verifyUnit(
  unit: WorkspaceUnit,
  { settings, run, signal, proof }: VerifyUnitsOptions,
  renderer: ReturnType<typeof createRenderer>,
): Promise<Omit<TaskResult, 'task' | 'ms'>> {
  const record = run.emitter(unit.name)
  const context = {
    ...{ settings, runner: systemRunner, signal, proof },
    emit: (event: Parameters<typeof record>[0]) => {
      record(event)
      renderer.show(unit.name, event)
    },
  }
  try {
    const checks = await (await loadUnit(unit)).verify(context)
    const ok = checks.every(({ outcome }) => outcome !== 'failed')
    return { state: 'done', exitCode: ok ? ExitCode.done : ExitCode.failed, checks }
  } catch (error) {
    if (signal.aborted) return { state: 'interrupted', exitCode: ExitCode.failed }
    const exitCode = error instanceof PlatformError ? error.exitCode : ExitCode.failed
    return { state: 'failed', exitCode, error: describeError(error) }
  }
}
