import { spawn } from 'node:child_process'
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Environment } from './environment.ts'
import { PlatformError } from './errors.ts'
import type { RunDirectory } from './run-directory.ts'
import { shellQuote } from './runner.ts'
import type { WorkspaceUnit } from './workspace.ts'

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>
}

/** A run of turbo over the units' own scripts. */
export interface TurboRun {
  readonly root: string
  readonly verb: 'up' | 'down'
  readonly units: readonly WorkspaceUnit[]
  readonly run: RunDirectory
  readonly env: Environment
}

/**
 * The turbo.json of one run with exactly its units: `up` after their dependencies, `down` before them. Nothing is cached.
 * Tasks get the whole environment, because a kubeconfig's exec plugin may need variables such as AWS_PROFILE.
 */
export function turboConfiguration({ verb, units }: Pick<TurboRun, 'verb' | 'units'>): object {
  const before = (unit: WorkspaceUnit): WorkspaceUnit[] => {
    if (verb === 'up') return units.filter(({ name }) => unit.dependencies.includes(name))
    return units.filter(({ dependencies }) => dependencies.includes(unit.name))
  }
  const task = (unit: WorkspaceUnit) => [
    `${unit.packageName}#${verb}`,
    { cache: false, dependsOn: before(unit).map(({ packageName }) => `${packageName}#${verb}`) },
  ]
  return { envMode: 'loose', tasks: Object.fromEntries([[verb, { cache: false }], ...units.map(task)]) }
}

/** The arguments of turbo. */
export function turboArguments({ verb, units }: Pick<TurboRun, 'verb' | 'units'>, configuration: string): string[] {
  return [
    'run',
    verb,
    ...units.map(({ packageName }) => `--filter=${packageName}`),
    `--root-turbo-json=${configuration}`,
    '--continue=dependencies-successful',
    // All at once: a unit mostly waits for the cluster.
    `--concurrency=${units.length}`,
    '--env-mode=loose',
    '--output-logs=full',
    '--log-order=stream',
    '--ui=stream',
    '--no-color',
    '--no-update-notifier',
  ]
}

export interface RunningTurbo {
  /** Settles when turbo has exited. Its exit code tells nothing about the tasks. */
  readonly ended: Promise<void>
  /** Kills turbo and its tasks immediately. */
  kill(): void
}

/**
 * Starts turbo on the units' own scripts, in a separate process group: on Ctrl-C in the terminal, turbo would kill its tasks
 * after half a second. Instead the front script signals the tasks, and turbo exits after them.
 *
 * @throws PlatformError PNPM_MISSING if there is no pnpm for turbo to call
 */
export function startTurbo(turbo: TurboRun): RunningTurbo {
  const { root, run, env } = turbo
  const configuration = join(run.path, 'turbo.json')
  writeFileSync(configuration, `${JSON.stringify(turboConfiguration(turbo), null, 2)}\n`)
  const log = openSync(join(run.path, 'turbo.log'), 'a')
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules', 'turbo', 'bin', 'turbo'), ...turboArguments(turbo, configuration)],
    {
      cwd: root,
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        ...env,
        PATH: [pnpmShim(turbo), env.PATH].join(delimiter),
        RUN_DIR: run.path,
        TURBO_TELEMETRY_DISABLED: '1',
        DO_NOT_TRACK: '1',
      },
    },
  )
  closeSync(log)
  return {
    ended: new Promise((resolve, reject) => {
      child.once('exit', () => resolve())
      child.once('error', reject)
    }),
    kill: () => [...run.pids(), -(child.pid ?? 0)].forEach(killNow),
  }
}

function killNow(pid: number): void {
  if (pid === 0) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has already exited.
  }
}

/**
 * Creates a folder with the `pnpm` that turbo finds on PATH. `pnpm run <task>` in a unit's folder runs the unit's script
 * directly, because pnpm takes about a second of CPU time to start for each unit. Any other call goes to the pnpm that
 * started this process, or to the one on PATH (`npx pnpm@… up all` puts none there).
 *
 * @throws PlatformError PNPM_MISSING
 */
function pnpmShim({ run, env, units, verb }: TurboRun): string {
  const folder = join(run.path, 'bin')
  const shim = join(folder, 'pnpm')
  mkdirSync(folder, { recursive: true })
  writeFileSync(shim, shimText(units, verb, findPnpm(env)))
  chmodSync(shim, 0o755)
  return folder
}

/** The shell script of `pnpmShim`. Like pnpm, it runs a package's script as a shell command. */
export function shimText(units: readonly WorkspaceUnit[], verb: string, pnpm: readonly string[]): string {
  const scripts = units.flatMap(({ directory }) => {
    const { scripts = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest
    const script = scripts[verb]
    return script === undefined ? [] : [`    ${shellQuote([directory])}) exec sh -c ${shellQuote([script])} ;;`]
  })
  return `#!/bin/sh
if [ "$*" = ${shellQuote([`run ${verb}`])} ]; then
  PATH="$PWD/node_modules/.bin:$PATH"
  case "$PWD" in
${scripts.join('\n')}
  esac
fi
exec ${shellQuote(pnpm)} "$@"
`
}

/** The command that runs pnpm: the one that started this process, else the one on PATH. */
function findPnpm(env: Environment): string[] {
  const script = env.npm_execpath
  if (script && /pnpm[^/]*$/.test(script) && existsSync(script)) {
    return /\.[cm]?js$/.test(script) ? [process.execPath, script] : [script]
  }
  const found = (env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'pnpm'))
    .find((file) => existsSync(file))
  if (found) return [found]
  throw new PlatformError('PNPM_MISSING', 'turbo needs pnpm, which is not on PATH', {
    hint: 'npx --yes pnpm@10.34.9 up all',
  })
}
