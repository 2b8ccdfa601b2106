import { resolve } from 'node:path'
import { parseArguments, type VerbArguments } from './arguments.ts'
import type { PlanDocument, RunDocument, VerifyDocument } from './documents.ts'
import { ExitCode, usageError } from './errors.ts'
import { combineExitCodes, signalExitCode } from './exit-code.ts'
import { gather } from './gather-errors.ts'
import type { JunitSuite } from './junit.ts'
import { withLock } from './lock.ts'
import { describeError, formatError, type MainContext } from './main.ts'
import { repositoryRoot } from './paths.ts'
import { processStart } from './process-identity.ts'
import { stderrEmit } from './renderer.ts'
import { formatPlan, formatRun, formatVerify } from './report.ts'
import {
  clusterLock,
  createRunDirectory,
  type ErrorDescription,
  newRunId,
  type RunDescription,
  runsDirectory,
} from './run-directory.ts'
import { systemRunner } from './runner.ts'
import { loadSettings, type Settings } from './settings.ts'
import { wantsColor } from './style.ts'
import type { TaskOutcome } from './tasks.ts'
import type { CheckResult, Intent, UnitPlan } from './unit.ts'
import { discoverUnits, everything, loadUnit, selectUnits, type WorkspaceUnit } from './workspace.ts'

/** One validated call of a verb. */
interface Call {
  readonly args: VerbArguments
  readonly settings: Settings
  readonly units: readonly WorkspaceUnit[]
  readonly main: MainContext
  readonly runId: string
  /** As a user would type it. */
  readonly command: string
  readonly target: PlanDocument['target']
}

type Planned = WorkspaceUnit & { readonly plan: UnitPlan }

/** The verbs of units. */
export type UnitVerb = 'up' | 'down' | 'plan' | 'verify'

/**
 * The entry point of scripts/up.ts and similar scripts: parses the arguments, runs the verb, prints one result.
 *
 * @returns the exit code
 * @throws PlatformError for wrong arguments; also errors of the units' `plan`
 */
export async function runVerb(verb: UnitVerb, main: MainContext): Promise<number> {
  const args = await parseArguments(verb, main.args)
  if ('help' in args) {
    main.print(args.help)
    return ExitCode.done
  }
  const settings = loadSettings({ env: main.env })
  const withDependencies = args.deps && (verb === 'up' || verb === 'plan')
  const withDependents = args.deps && verb === 'down'
  const units = selectUnits(discoverUnits(repositoryRoot), args.names, { verb, withDependencies, withDependents })
  if (withDependents) reportDependents(units, args.names)
  const target = { kind: settings.TARGET, cluster: settings.CLUSTER_NAME, context: settings.KUBE_CONTEXT }
  const command = `pnpm ${verb} ${args.names.join(' ')}`
  const call: Call = { args, settings, units, main, runId: newRunId(), command, target }
  if (verb === 'plan') return plan(call, { verb: 'up' })
  if (verb === 'verify') return verify(call)
  const named = !args.names.includes(everything)
  const intent: Intent = verb === 'up' ? { verb } : { verb, purge: args.purge, named }
  if (args.dryRun) {
    await plan(call, intent)
    return ExitCode.done
  }
  return withLock(clusterLock(settings), { command }, () => change(call, intent))
}

/** Reports which dependents `down` takes down in addition to the named units. */
function reportDependents(units: readonly WorkspaceUnit[], names: readonly string[]): void {
  const dependents = names.includes(everything)
    ? []
    : units.map(({ name }) => name).filter((name) => !names.includes(name))
  if (!dependents.length) return
  const alone = `pnpm run down ${names.join(' ')} --no-deps`
  process.stderr.write(
    `also takes down ${dependents.reverse().join(', ')} (dependents of ${names.join(', ')}); to keep them: ${alone}\n`,
  )
}

async function plan(call: Call, intent: Intent): Promise<number> {
  const planned = await planUnits(call, intent)
  const units = planned.map(({ name, plan: { state, steps } }) => ({
    name,
    state,
    steps: structuredClone(steps) as never,
  }))
  const changes = planned.reduce((sum, each) => sum + each.plan.steps.length, 0)
  const exitCode = changes && !call.args.dryRun ? ExitCode.changes : ExitCode.done
  const { runId, target } = call
  const document: PlanDocument = { verb: 'plan', of: intent.verb, runId, target, exitCode, changes, units }
  print(call, document, (color) => formatPlan(document, color))
  return exitCode
}

async function change(call: Call, intent: Intent): Promise<number> {
  const { runId, target } = call
  const planned = await planUnits(call, intent)
  const changing = planned.filter((unit) => unit.plan.steps.length)
  const purge = intent.verb === 'down' && intent.purge
  const ran = changing.length
    ? await runOnce(call, intent.verb, purge, withIntermediates(planned, changing))
    : undefined
  const units = planned.map(({ name, plan: { state } }): RunDocument['units'][number] => {
    const task = ran?.outcomes.find((each) => each.name === name)
    if (!task) return { name, outcome: 'unchanged', summary: state }
    const { outcome, ms, error, data } = task
    return { name, outcome, ms, error, data, summary: task.summary ?? error?.message ?? outcome }
  })
  const unwritten = await tryJunit(call, (junit) => junit.runSuites({ verb: intent.verb, units }))
  const exitCode = ended(call, ran?.outcomes ?? []) || (unwritten ? ExitCode.failed : ExitCode.done)
  const document: RunDocument = {
    ...{ verb: intent.verb, runId, target, exitCode, ok: exitCode === ExitCode.done, runDirectory: ran?.path },
    ...{ units, error: unwritten },
  }
  print(call, document, (color) => `${formatRun(document, color)}${changing.length ? '' : 'nothing to do\n'}`)
  if (unwritten) process.stderr.write(formatError(unwritten))
  return exitCode
}

async function verify(call: Call): Promise<number> {
  const { runId, target, units } = call
  const { path, outcomes } = await runOnce(call, 'verify', false, units)
  const checks = outcomes.flatMap((each) => each.checks ?? [])
  const { proof } = call.args
  if (proof && !checks.length && outcomes.every(({ outcome }) => outcome === 'done')) {
    const of = call.args.names.join(', ')
    throw usageError('UNKNOWN_PROOF', `${of} has no checks of proof "${proof}"`, 'pnpm run verify --help')
  }
  const passed = checks.filter(({ outcome }) => outcome === 'passed').length
  const skipped = checks.filter(({ outcome }) => outcome === 'skipped').length
  const failed = checks.length - passed - skipped
  const found = outcomes.map(({ name, outcome, checks: own = [], error }) => ({
    ...{ name, outcome, checks: [...own], error },
  }))
  // If the report cannot be written, the result is still printed.
  const unwritten = await tryJunit(call, (junit) => junit.verifySuites(found))
  const error = unwritten ?? noCheckRan({ checks, proof, names: call.args.names })
  const exitCode = ended(call, outcomes) || (error ? ExitCode.failed : ExitCode.done)
  const document: VerifyDocument = {
    ...{ verb: 'verify', runId, target, exitCode, ok: exitCode === ExitCode.done, passed, failed, skipped },
    ...{ runDirectory: path, units: found, error },
  }
  print(call, document, (color) => formatVerify(document, color))
  if (error) process.stderr.write(formatError(error))
  return exitCode
}

/** A skipped check is not a failure, but a `verify` that skipped every check has proved nothing. Pure. */
export function noCheckRan({
  checks,
  proof,
  names,
}: {
  readonly checks: readonly CheckResult[]
  readonly proof: string | undefined
  readonly names: readonly string[]
}): ErrorDescription | undefined {
  if (!checks.length || !checks.every(({ outcome }) => outcome === 'skipped')) return undefined
  const ofProof = proof === undefined ? '' : ` of proof "${proof}"`
  const reasons = [...new Set(checks.map(({ message }) => message))].join('; ')
  const message = `no check${ofProof} of ${names.join(', ')} could run: ${reasons}`
  return { code: 'NO_CHECK_RAN', message, hint: 'pnpm status' }
}

/** Writes the JUnit report if `--junit` is given. Returns the error if it cannot be written. */
async function tryJunit(
  { main, args }: Pick<Call, 'main' | 'args'>,
  suites: (junit: typeof import('./junit.ts')) => readonly JunitSuite[],
): Promise<ErrorDescription | undefined> {
  if (args.junit === undefined) return undefined
  const junit = await import('./junit.ts')
  try {
    // pnpm runs scripts in the root of the checkout; INIT_CWD is the user's working directory.
    junit.writeJunit(resolve(main.env.INIT_CWD ?? '', args.junit), suites(junit))
    return undefined
  } catch (error) {
    return describeError(error)
  }
}

async function planUnits({ units, settings, main }: Call, intent: Intent): Promise<Planned[]> {
  const { emit, end } = stderrEmit(main.env)
  try {
    const context = { settings, runner: systemRunner, emit, signal: main.signal }
    return await gather(
      units.map(async (unit) => ({ ...unit, plan: await (await loadUnit(unit)).plan(context, intent) })),
    )
  } finally {
    end()
  }
}

/** The changing units, and those between: dependencies of a changing unit that depend on a changing unit themselves. */
export function withIntermediates<T extends WorkspaceUnit>(units: readonly T[], changing: readonly T[]): T[] {
  const changes = new Set(changing.map(({ name }) => name))
  const reaches = (from: T, found = (name: string) => changes.has(name)): boolean =>
    from.dependencies.some((name) => found(name) || units.some((each) => each.name === name && reaches(each, found)))
  const neededBy = (name: string): boolean =>
    units.some((each) => each.dependencies.includes(name) && (changes.has(each.name) || neededBy(each.name)))
  return units.filter((unit) => changes.has(unit.name) || (reaches(unit) && neededBy(unit.name)))
}

async function runOnce(
  { args, settings, main, runId, command }: Call,
  verb: RunDescription['verb'],
  purge: boolean,
  units: readonly (WorkspaceUnit & Partial<Planned>)[],
): Promise<{ readonly path: string; readonly outcomes: readonly TaskOutcome[] }> {
  const front = { pid: process.pid, start: processStart(process.pid) }
  const { proof } = args
  const images = units.flatMap(({ plan }) => plan?.images ?? [])
  const cluster = settings.CLUSTER_NAME
  const description = { runId, verb, purge, proof, images, cluster, command, front }
  const run = createRunDirectory(runsDirectory(settings), description)
  const { env, signal } = main
  if (verb === 'verify') {
    const { verifyUnits } = await import('./verify-units.ts')
    return { path: run.path, outcomes: await verifyUnits({ units, settings, run, env, signal, proof }) }
  }
  // Loaded only when there is something to do, which is rare.
  const { runTasks } = await import('./tasks.ts')
  return { path: run.path, outcomes: await runTasks({ root: repositoryRoot, verb, units, run, env, signal }) }
}

function ended({ main }: Call, outcomes: readonly TaskOutcome[]): number {
  if (main.signal.aborted) return signalExitCode(main.signal.reason)
  return combineExitCodes(outcomes.map(({ exitCode }) => exitCode))
}

function print({ args, main }: Call, document: object, text: (color: boolean) => string): void {
  main.print(args.json ? JSON.stringify(document) : text(wantsColor(process.stdout, main.env)))
}
