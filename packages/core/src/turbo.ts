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

/** A task of turbo: a package's own script. */
export interface TurboRun {
  readonly root: string
  readonly verb: 'up' | 'down'
  readonly units: readonly WorkspaceUnit[]
  readonly run: RunDirectory
  readonly env: Environment
}

/**
 * The turbo.json of one run: exactly the units of the run, up after what they need, down before it. Nothing is
 * cached, and the tasks see the whole environment (a kubeconfig's exec plugin needs AWS_PROFILE and its like).
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

/** The words of the turbo call, without those that start it. */
export function turboArguments({ verb, units }: Pick<TurboRun, 'verb' | 'units'>, configuration: string): string[] {
  return [
    'run',
    verb,
    ...units.map(({ packageName }) => `--filter=${packageName}`),
    `--root-turbo-json=${configuration}`,
    '--continue=dependencies-successful',
    // A unit mostly waits for the cluster.
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
  /** Settles when turbo has ended; how it ended says nothing about the tasks. */
  readonly ended: Promise<void>
  /** Ends turbo and its tasks at once. */
  kill(): void
}

/**
 * Starts turbo on the units' own scripts. It gets a process group of its own: a Ctrl-C in the terminal would make it
 * kill its tasks after half a second; the front script tells the tasks, and turbo ends when they have.
 *
 * @throws PlatformError PNPM_MISSING when no pnpm can be found for turbo to call
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
    // It has ended already.
  }
}

/**
 * A folder with the `pnpm` that turbo finds on PATH. `pnpm run <task>` in a unit's folder runs the unit's script at once:
 * pnpm itself takes about a second of CPU time to start, for each unit. Anything else goes to the pnpm that runs us, or
 * that is on PATH (`npx pnpm@… up all` leaves none there).
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

/** The shell script of `pnpmShim`. A script of a package is a shell command, as it is to pnpm. */
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

/** The words that run pnpm: the one that started us, else that of PATH. */
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
  throw new PlatformError('PNPM_MISSING', 'turbo needs pnpm, and there is none on PATH', {
    hint: 'npx --yes pnpm@10.34.9 up all',
  })
}
