import { withOwnCluster } from '@platform/cluster/own-cluster'
import {
  discoverSettings,
  discoverUnits,
  type Environment,
  PlatformError,
  type Runner,
  repositoryRoot,
} from '@platform/core'
import type { Figure } from '@platform/core/bench'
import type { RunDocument, VerifyDocument } from '@platform/core/documents'
import { busySeconds } from './cpu-seconds.ts'
import { criticalPath, readTasks, type TimedTask } from './critical-path.ts'
import { slowestChecks, type TimedCheck } from './slowest-checks.ts'

export interface PlatformBenchOptions {
  readonly runs: number
  readonly env: Environment
  readonly runner: Runner
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** A measurement. */
interface Timed {
  readonly seconds: number
  /** CPU seconds of the whole machine, including the node. */
  readonly cpu: number
}

interface Run {
  readonly cluster: Timed
  readonly up: Timed
  readonly verify: Timed
  readonly noop: Timed
  readonly changed: Timed
  readonly down: Timed
  /** The critical path of `up all`. */
  readonly path: readonly TimedTask[]
  /** The slowest checks of `verify all`. */
  readonly checks: readonly TimedCheck[]
}

type Figured = Omit<Run, 'path' | 'checks'>

/** Measures the platform on its own embedded clusters, after all binaries and images are built. */
export async function benchPlatform(options: PlatformBenchOptions): Promise<{ figures: Figure[]; runs: Run[] }> {
  const runs: Run[] = []
  // Not measured, because it may have to build binaries and images.
  options.say('building missing binaries and images')
  await withOwnCluster(options, ({ script }) => script(['up', 'all'], options.signal))
  for (let n = 1; n <= options.runs; n++) {
    options.signal.throwIfAborted()
    const run = await measure(options)
    runs.push(run)
    const verified = run.up.seconds + run.verify.seconds
    options.say(
      `run ${n} of ${options.runs}: up and verified ${verified.toFixed(1)} s, no-op ${run.noop.seconds.toFixed(2)} s`,
    )
  }
  return { figures: figuresOf(runs), runs }
}

/** One figure per measurement, and one for its CPU time. */
export function figuresOf(runs: readonly Figured[]): Figure[] {
  const wall = (name: string, pick: (run: Figured) => number, target?: number): Figure => ({
    ...{ name, unit: 's', values: runs.map(pick), target },
  })
  const sum = (key: keyof Timed) => (run: Figured) => run.up[key] + run.verify[key]
  return [
    wall('`up cluster` from nothing', (run) => run.cluster.seconds),
    wall('`up all` from an empty cluster', (run) => run.up.seconds),
    wall('`up all` from an empty cluster to verified', sum('seconds'), 90),
    wall('the same, CPU time', sum('cpu')),
    wall('`up all` with nothing to do, pnpm included', (run) => run.noop.seconds, 2),
    wall('the same, CPU time', (run) => run.noop.cpu),
    wall('`up all` with one changed component', (run) => run.changed.seconds, 15),
    wall('the same, CPU time', (run) => run.changed.cpu),
    wall('`down all`', (run) => run.down.seconds, 20),
    wall('the same, CPU time', (run) => run.down.cpu),
  ]
}

function measure({ env, runner, say, signal }: PlatformBenchOptions): Promise<Run> {
  return withOwnCluster({ env, runner, say }, async ({ script, env: own }) => {
    const [cluster] = await timed(() => script(['up', 'cluster'], signal))
    const [up, ran] = await timed(() => script(['up', 'all', '--json'], signal))
    const [verify, verified] = await timed(() => script(['verify', 'all', '--json'], signal))
    const checks = slowestChecks(JSON.parse(verified.stdout) as VerifyDocument)
    const { runDirectory = '' } = JSON.parse(ran.stdout) as RunDocument
    const path = criticalPath(readTasks(runDirectory, discoverUnits(repositoryRoot)))
    const [noop] = await timed(() => runner.run(pnpm(env, ['up', 'all']), { cwd: repositoryRoot, env: own, signal }))
    const [setting] = discoverSettings(repositoryRoot)
      .filter(({ type }) => type === 'host')
      .slice(-1)
    if (!setting) throw new PlatformError('NO_HOST_SETTING', 'no package has a setting of type host to change')
    const changes = { ...own, [setting.name]: `bench.${setting.default ?? 'example.com'}` }
    const command = ['node', '--import', 'tsx', 'scripts/up.ts', 'all', '--json']
    const [changed, upgraded] = await timed(() => runner.run(command, { cwd: repositoryRoot, env: changes, signal }))
    requireOneChange(JSON.parse(upgraded.stdout) as RunDocument)
    const [down] = await timed(() => script(['down', 'all'], signal))
    return { cluster, up, verify, noop, changed, down, path, checks }
  })
}

/**
 * Makes sure that the measured change affected exactly one component.
 *
 * @throws PlatformError UNEXPECTED_CHANGES
 */
export function requireOneChange({ units }: Pick<RunDocument, 'units'>): void {
  const changed = units.filter(({ outcome }) => outcome !== 'unchanged').map(({ name }) => name)
  if (changed.length === 1) return
  const found = changed.join(', ') || 'none'
  throw new PlatformError(
    'UNEXPECTED_CHANGES',
    `a setting of one component was changed, but \`up all\` changed ${found}`,
  )
}

/** The pnpm that runs this script. npx would take an extra second to find it. */
function pnpm({ npm_execpath: script }: Environment, args: readonly string[]): string[] {
  if (!script)
    throw new PlatformError('PNPM_MISSING', 'the no-op is measured through pnpm, which must start this script', {
      hint: 'pnpm bench',
    })
  return /\.[cm]?js$/.test(script) ? [process.execPath, script, ...args] : [script, ...args]
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [Timed, T]> {
  const [began, cpu] = [performance.now(), busySeconds()]
  const result = await work()
  return [{ seconds: (performance.now() - began) / 1000, cpu: busySeconds() - cpu }, result]
}
