import { resolve } from 'node:path'
import {
  clusterLock,
  describeError,
  discoverUnits,
  ExitCode,
  formatError,
  loadSettings,
  type MainContext,
  newRunId,
  repositoryRoot,
  type Settings,
  selectUnits,
  signalExitCode,
  stderrEmit,
  usageError,
  wantsColor,
  withLock,
} from '@platform/core'
import { parseArguments, type VerbArguments } from '@platform/core/arguments'
import type { DrillDocument } from '@platform/core/documents'
import { loadComponent } from '../component/load.ts'
import { type Drilled, drillAll } from './drill-all.ts'
import { drillSuites, formatDrills } from './report.ts'
import { newSeed } from './sample.ts'

/** The default concurrency; drills mostly wait. */
const defaultJobs = 16

/** `pnpm drill [component|all]`: exits with 1 when a drill was not caught or not repaired. */
export async function drillCommand(main: MainContext): Promise<number> {
  const args = await parseArguments('drill', main.args)
  if ('help' in args) {
    main.print(args.help)
    return ExitCode.done
  }
  const settings = loadSettings({ env: main.env })
  requireConsent(settings, args)
  const units = discoverUnits(repositoryRoot).filter(({ isComponent }) => isComponent)
  const selected = selectUnits(units, args.names, { verb: 'drill' })
  const command = `pnpm drill ${args.names.join(' ')}`
  const numbers = numbersOf(args)
  const seed = args.seed ?? newSeed()
  const { emit, end } = stderrEmit(main.env)
  let found: Drilled
  try {
    const components = await Promise.all(selected.map(({ directory }) => loadComponent(directory)))
    const { only } = args
    if (numbers.sample || numbers.withinMs) emit({ type: 'notice', level: 'info', message: `seed ${seed}` })
    const options = { settings, emit, stop: main.signal, only, seed, ...numbers }
    found = await withLock(clusterLock(settings), { command }, () => drillAll(components, options))
  } finally {
    end()
  }
  if (args.only && !found.drills.length && !found.problems.length) {
    throw usageError(
      'UNKNOWN_DRILL',
      `Unknown drill "${args.only}" of ${args.names.join(', ')}`,
      'pnpm drill --help   # the ids are in packages/<component>/src/drills.ts',
    )
  }
  return report(found, { main, args, settings, seed })
}

/** Refuses a context unless the user named it, because drills disrupt the cluster. */
export function requireConsent(
  { TARGET, KUBE_CONTEXT = '' }: Pick<Settings, 'TARGET' | 'KUBE_CONTEXT'>,
  { yesDisrupt }: Pick<VerbArguments, 'yesDisrupt'>,
): void {
  if (TARGET !== 'context' || (yesDisrupt && yesDisrupt === KUBE_CONTEXT)) return
  throw usageError(
    'DRILL_REFUSED',
    `drill disrupts ${KUBE_CONTEXT || 'the context'}${yesDisrupt ? `, but --yes-disrupt names ${yesDisrupt}` : ''}`,
    `pnpm drill --yes-disrupt '${KUBE_CONTEXT}'`,
  )
}

/** @throws PlatformError INVALID_ARGUMENTS for a value that is not a positive number */
function numbersOf({ jobs, sample, within }: VerbArguments) {
  const number = (flag: string, text: string | undefined) => {
    const value = Number(text)
    if (text === undefined) return undefined
    if (Number.isFinite(value) && value > 0) return value
    throw usageError('INVALID_ARGUMENTS', `--${flag} takes a positive number, not "${text}"`, 'pnpm drill --help')
  }
  const minutes = number('within', within)
  return {
    jobs: Math.ceil(number('jobs', jobs) ?? defaultJobs),
    ...(sample !== undefined && { sample: Math.ceil(number('sample', sample) ?? 0) }),
    ...(minutes !== undefined && { withinMs: minutes * 60_000 }),
  }
}

async function report(
  found: Drilled,
  { main, args, settings, seed }: { main: MainContext; args: VerbArguments; settings: Settings; seed: string },
): Promise<number> {
  const anyFailed =
    found.drills.some(({ outcome }) => outcome === 'failed') || found.checksWithoutDrill.length || found.problems.length
  const writeError = await writeReport(found, main, args.junit)
  const error = writeError ?? (anyFailed ? undefined : nothingDrilled(found.drills))
  const failed = anyFailed || error ? ExitCode.failed : ExitCode.done
  const exitCode = main.signal.aborted ? signalExitCode(main.signal.reason) : failed
  const target = { kind: settings.TARGET, cluster: settings.CLUSTER_NAME, context: settings.KUBE_CONTEXT }
  const document: DrillDocument = {
    ...{ verb: 'drill', runId: newRunId(), target, exitCode, ok: exitCode === ExitCode.done },
    ...{ ...found, seed, error },
  }
  const color = wantsColor(process.stdout, main.env)
  main.print(args.json ? JSON.stringify(document) : formatDrills(document, color))
  if (error) process.stderr.write(formatError(error))
  return exitCode
}

/** A skipped drill is no failure, but a run without any executed drill is. Pure. */
export function nothingDrilled(drills: DrillDocument['drills']): DrillDocument['error'] {
  if (drills.some(({ outcome, skipReason }) => outcome !== 'skipped' || skipReason)) return undefined
  const reasons = [...new Set(drills.map(({ message = '' }) => message))].join('; ')
  return { code: 'NO_DRILL_RAN', message: `no drill ran${reasons && `: ${reasons}`}`, hint: 'pnpm status' }
}

async function writeReport(found: Drilled, main: MainContext, file: string | undefined) {
  if (file === undefined) return undefined
  const { writeJunit } = await import('@platform/core/junit')
  try {
    writeJunit(resolve(main.env.INIT_CWD ?? '', file), drillSuites(found))
    return undefined
  } catch (error) {
    return describeError(error)
  }
}
