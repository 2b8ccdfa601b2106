import { resolve } from 'node:path'
import {
  clusterLock,
  describeError,
  discoverUnits,
  type Emit,
  ExitCode,
  formatError,
  loadSettings,
  loadUnit,
  type MainContext,
  newRunId,
  repositoryRoot,
  type Settings,
  selectUnits,
  signalExitCode,
  stderrEmit,
  systemRunner,
  usageError,
  wantsColor,
  withLock,
} from '@platform/core'
import { parseArguments, type VerbArguments } from '@platform/core/arguments'
import type { DrillDocument } from '@platform/core/documents'
import type { Component } from '../component.ts'
import { loadComponent } from '../components.ts'
import type { Drill, Fault } from '../drill.ts'
import { openSession } from '../session.ts'
import { generalCheckIds } from '../verify/general-checks.ts'
import { checksOf, loadChecks, objectsOfRelease } from '../verify/verify.ts'
import { drillComponent, noiseMs } from './drill-component.ts'
import { drillFaults, type FaultyComponent } from './drill-faults.ts'
import { generalDrills } from './general-drills.ts'
import { loadDrills, misnamed, uncaught } from './load-drills.ts'
import { drillSuites, formatDrills } from './report.ts'

type Drilled = Pick<DrillDocument, 'drills' | 'uncaught' | 'problems'>

/** `pnpm drill [component|all] [--only <id>]`: breaks what runs; 1 when a fault was not seen, or not mended. */
export async function drillCommand(main: MainContext): Promise<number> {
  const args = await parseArguments('drill', main.args)
  if ('help' in args) {
    main.print(args.help)
    return ExitCode.done
  }
  const settings = loadSettings({ env: main.env })
  refuseElsewhere(settings, args)
  const units = discoverUnits(repositoryRoot).filter(({ isComponent }) => isComponent)
  const selected = selectUnits(units, args.names, { verb: 'drill' })
  const command = `pnpm drill ${args.names.join(' ')}`
  const { emit, end } = stderrEmit(main.env)
  let found: Drilled
  try {
    const components = await Promise.all(selected.map(({ directory }) => loadComponent(directory)))
    const work = () => drillAll(components, { args, settings, emit, stop: main.signal })
    found = await withLock(clusterLock(settings), { command }, work)
  } finally {
    end()
  }
  return report(found, { main, args, settings })
}

/** What disturbs is for a cluster of our own, unless its owner says so by its name. */
export function refuseElsewhere(
  { TARGET, KUBE_CONTEXT = '' }: Pick<Settings, 'TARGET' | 'KUBE_CONTEXT'>,
  { yesDisrupt }: Pick<VerbArguments, 'yesDisrupt'>,
): void {
  if (TARGET !== 'context' || (yesDisrupt && yesDisrupt === KUBE_CONTEXT)) return
  throw usageError(
    'DRILL_REFUSED',
    `drill breaks what runs on ${KUBE_CONTEXT || 'the context'}${yesDisrupt ? `, and ${yesDisrupt} was named` : ''}`,
    `pnpm drill --yes-disrupt '${KUBE_CONTEXT}'`,
  )
}

interface DrillAll {
  readonly args: VerbArguments
  readonly settings: Settings
  readonly emit: Emit
  readonly stop: AbortSignal
}

async function drillAll(components: readonly Component[], { args, settings, emit, stop }: DrillAll): Promise<Drilled> {
  // What was broken is mended after a signal too; the second one ends the process.
  const signal = new AbortController().signal
  const context = { settings, runner: systemRunner, emit, signal }
  const session = await openSession(context)
  const units = new Map(discoverUnits(repositoryRoot).map((unit) => [unit.name, unit]))
  const looked = await Promise.all(
    components.map(async (component) => ({
      component: component.name,
      objects: await objectsOfRelease(context, component, session),
    })),
  )
  const general = generalDrills(looked)
  const found: { drills: Drilled['drills']; uncaught: Drilled['uncaught']; problems: Drilled['problems'] } = {
    ...{ drills: [], uncaught: [], problems: [] },
  }
  const planned: Drill[] = []
  const faulty: FaultyComponent[] = []
  for (const component of components) {
    const workspaceUnit = units.get(component.name)
    if (!workspaceUnit) continue
    const [own, checks] = await Promise.all([loadDrills(component), loadChecks(component)])
    const all = [...(general.get(component.name) ?? []), ...own]
    const drills = args.only ? all.filter((drill) => isWanted(drill, args.only)) : all
    planned.push(...drills)
    if (!args.only) {
      found.uncaught.push(...uncaught(checks, all).map((check) => ({ component: component.name, check })))
    }
    const wrong = misnamed([...checks, ...generalCheckIds.map((id) => ({ id }))], drills)
    if (wrong.length) {
      const message = `a drill names a check that there is not: ${wrong.join(', ')}`
      found.problems.push({ component: component.name, message })
      continue
    }
    if (stop.aborted) continue
    const ask = () => checksOf(context, component, session)
    const work = { component, unit: await loadUnit(workspaceUnit), session, context, stop, ask, emit }
    const others = drills.filter((drill) => drill.kind !== 'fault')
    const { drills: done, problems } = await drillComponent(work, others, found.drills.length ? noiseMs : 0)
    found.drills.push(...done)
    found.problems.push(...problems)
    const faults = drills.filter((drill): drill is Fault => drill.kind === 'fault')
    // What was drilled has just been asked.
    if (faults.length && !problems.length) faulty.push({ work, faults, asked: others.length > 0 })
  }
  const { drills: told, problems: left } = await drillFaults(faulty)
  found.drills.push(...told)
  found.problems.push(...left)
  if (args.only && !planned.length) {
    throw usageError(
      'UNKNOWN_DRILL',
      `no drill of ${args.names.join(', ')} is called ${args.only}`,
      'pnpm drill --help',
    )
  }
  return found
}

/** One drill by its id, or all faults: those are made together. */
function isWanted({ id, kind }: Drill, only: string | undefined): boolean {
  return id === only || (kind === 'fault' && only === 'faults')
}

async function report(
  found: Drilled,
  { main, args, settings }: { main: MainContext; args: VerbArguments; settings: Settings },
): Promise<number> {
  const bad = found.drills.some(({ outcome }) => outcome === 'failed') || found.uncaught.length || found.problems.length
  const unwritten = await writeReport(found, main, args.junit)
  const error = unwritten ?? (bad ? undefined : nothingDrilled(found.drills))
  const failed = bad || error ? ExitCode.failed : ExitCode.done
  const exitCode = main.signal.aborted ? signalExitCode(main.signal.reason) : failed
  const target = { kind: settings.TARGET, cluster: settings.CLUSTER_NAME, context: settings.KUBE_CONTEXT }
  const document: DrillDocument = {
    ...{ verb: 'drill', runId: newRunId(), target, exitCode, ok: exitCode === ExitCode.done },
    ...{ ...found, error },
  }
  const color = wantsColor(process.stdout, main.env)
  main.print(args.json ? JSON.stringify(document) : formatDrills(document, color))
  if (error) process.stderr.write(formatError(error))
  return exitCode
}

/** A skipped drill is no failure, but a run in which nothing was broken has shown nothing. Pure. */
export function nothingDrilled(drills: DrillDocument['drills']): DrillDocument['error'] {
  if (drills.some(({ outcome }) => outcome !== 'skipped')) return undefined
  const why = [...new Set(drills.map(({ message = '' }) => message))].join('; ')
  return { code: 'NOTHING_DRILLED', message: `nothing was drilled${why && `: ${why}`}`, hint: 'pnpm status' }
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
