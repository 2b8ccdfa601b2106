import {
  type CheckResult,
  discoverUnits,
  type Emit,
  loadUnit,
  repositoryRoot,
  type Settings,
  step,
  systemRunner,
  type UnitContext,
} from '@platform/core'
import type { DrillDocument } from '@platform/core/documents'
import type { Component } from '../component/component.ts'
import type { Drill } from '../component/drill.ts'
import { openSession, type Session } from '../session/session.ts'
import { generalCheckScopes } from '../verify/general-checks.ts'
import { sweepLeftovers } from '../verify/proof/temporary.ts'
import { checksOf, loadChecks, objectsOfRelease } from '../verify/verify.ts'
import { runFault } from './faults.ts'
import { generalDrills } from './general-drills.ts'
import { loadDrills, uncaughtChecks, unknownChecks } from './load-drills.ts'
import { conflict, type DrillJob, isFault, planJobs } from './plan-jobs.ts'
import { fails, failureText, runAllChecks, untilAllPass } from './rounds.ts'
import { runRestart } from './run-restart.ts'
import { runRound } from './run-round.ts'
import { sampled } from './sample.ts'
import { runScheduled } from './schedule.ts'
import { type CheckScope, subjectsOf, type WithChanges } from './subjects.ts'
import { TimeBudget } from './time-budget.ts'
import type { DrillResult, DrillWork } from './work.ts'

export type Drilled = Pick<DrillDocument, 'drills' | 'checksWithoutDrill' | 'problems'>

export interface DrillOptions {
  readonly settings: Settings
  readonly emit: Emit
  /** The user's signal: no more drills start, and running ones are repaired. */
  readonly stop: AbortSignal
  /** The id of one drill, or `faults`. */
  readonly only?: string
  /** The maximum number of concurrent drills. */
  readonly jobs: number
  /** Decides the sample, and the order when time runs short. */
  readonly seed: string
  /** The number of drills to run. */
  readonly sample?: number
  /** Time limit of the run, in milliseconds. */
  readonly withinMs?: number
}

/** Milliseconds until no check is affected by a drill any more: a rate's window, an alert that resolves. */
const settlesWithinMs = 180_000

/** The drills of one component. */
interface Lane {
  readonly component: Component
  readonly checks: readonly CheckScope[]
  readonly drills: readonly WithChanges<Drill>[]
  readonly work: Omit<DrillWork, 'progress'>
  /** Why no more drills of the component run. */
  broken?: string
}

/**
 * Runs the drills of these components, concurrently where they change different subjects. All checks must pass before and
 * after.
 */
export async function drillAll(components: readonly Component[], options: DrillOptions): Promise<Drilled> {
  const { settings, emit, stop } = options
  // Not the user's signal, because drills are repaired after a Ctrl-C too. A second signal ends the process.
  const context: UnitContext = { settings, runner: systemRunner, emit, signal: new AbortController().signal }
  const session = await openSession(context)
  const problems: Drilled['problems'] = []
  const { lanes, checksWithoutDrill: missing } = await prepare(components, { context, session, options, problems })
  const results = new Map<Drill, DrillResult>()
  const skip = (lane: Lane, drill: Drill, reason: Skipped) =>
    results.set(drill, {
      ...{ component: lane.component.name, id: drill.id, name: drill.name, kind: drill.kind },
      ...{ outcome: 'skipped', ms: 0, ...reason },
    })
  const baseline = await step(emit, 'run all checks before the drills', () =>
    Promise.all(lanes.map((lane) => baselineOf(lane, stop))),
  )
  for (const [n, lane] of lanes.entries()) {
    const failing = (baseline[n] ?? []).filter(fails)
    if (failing.length) lane.broken = `checks fail before any drill: ${failureText(failing)}`
    for (const drill of lane.drills) {
      const skipped =
        drill.kind === 'mutation' &&
        baseline[n]?.find((each) => each.outcome === 'skipped' && each.id === drill.caughtBy)
      if (skipped) skip(lane, drill, { message: `${skipped.id} is skipped: ${skipped.message ?? ''}` })
    }
    if (lane.broken) problems.push({ component: lane.component.name, message: `no drills run: ${lane.broken}` })
  }
  const pending = chosen(lanes, results, { options, skip })
  await runLanes(pending, results, { options, skip })
  if (!stop.aborted && results.size) {
    const after = await step(emit, 'run all checks after the drills', () =>
      Promise.all(lanes.map((lane) => (lane.broken ? [] : settled(lane, stop)))),
    )
    for (const [n, failing] of after.entries()) {
      const { component: { name = '' } = {} } = lanes[n] ?? {}
      if (failing.length)
        problems.push({ component: name, message: `checks fail after all drills: ${failureText(failing)}` })
    }
  }
  const drills = lanes.flatMap((lane) => lane.drills.flatMap((drill) => results.get(drill) ?? []))
  return { drills, checksWithoutDrill: missing, problems }
}

type Skipped = Pick<DrillResult, 'message' | 'skipReason'>

interface Preparing {
  readonly context: UnitContext
  readonly session: Session
  readonly options: DrillOptions
  readonly problems: Drilled['problems']
}

async function prepare(components: readonly Component[], { context, session, options, problems }: Preparing) {
  const units = new Map(discoverUnits(repositoryRoot).map((unit) => [unit.name, unit]))
  const releases = components.map(async (component) => ({
    component: component.name,
    objects: await objectsOfRelease(context, component, session),
  }))
  const general = generalDrills(await Promise.all(releases))
  const missing: Drilled['checksWithoutDrill'] = []
  const lanes = components.map(async (component): Promise<Lane[]> => {
    const { name } = component
    const workspaceUnit = units.get(name)
    if (!workspaceUnit) return []
    await sweepLeftovers(session.api, name)
    const [own, ownChecks, unit] = await Promise.all([
      loadDrills(component),
      loadChecks(component),
      loadUnit(workspaceUnit),
    ])
    const whole = subjectsOf(component)
    const all = [...(general.get(name) ?? []), ...own].map((drill) => ({ ...drill, changes: drill.changes ?? whole }))
    const checks: CheckScope[] = [
      ...generalCheckScopes(name),
      ...ownChecks.map(({ id, dependsOn = whole }) => ({ id, dependsOn })),
    ]
    const unknown = unknownChecks(checks, all)
    if (unknown.length) {
      problems.push({ component: name, message: `drills name checks that do not exist: ${unknown.join(', ')}` })
      return []
    }
    const { only, sample, stop, emit } = options
    if (!only && !sample) missing.push(...uncaughtChecks(ownChecks, all).map((check) => ({ component: name, check })))
    const drills = only ? all.filter(({ id, kind }) => id === only || (kind === 'fault' && only === 'faults')) : all
    const prepareChecks = () => checksOf(context, component, session)
    return [{ component, checks, drills, work: { component, unit, session, context, stop, prepareChecks, emit } }]
  })
  return { lanes: (await Promise.all(lanes)).flat().filter(({ drills }) => drills.length), checksWithoutDrill: missing }
}

/** Runs all checks of a component, and retries failed ones, because the component may have been installed just now. */
async function baselineOf(lane: Lane, stop: AbortSignal): Promise<readonly CheckResult[]> {
  const first = await runAllChecks(lane.work.prepareChecks, stop)
  if (!first.some(fails)) return first
  await settled(lane, stop)
  return runAllChecks(lane.work.prepareChecks, stop)
}

async function settled({ work }: Lane, stop: AbortSignal): Promise<readonly CheckResult[]> {
  return untilAllPass(work.prepareChecks, { withinMs: settlesWithinMs, signal: stop })
}

type Results = Map<Drill, DrillResult>
interface Choosing {
  readonly options: DrillOptions
  readonly skip: (lane: Lane, drill: Drill, reason: Skipped) => unknown
}

/** The drills to run, by lane: those of the sample that are not skipped. */
function chosen(lanes: readonly Lane[], results: Results, { options: { sample, seed }, skip }: Choosing) {
  const all = lanes.flatMap((lane) =>
    lane.broken ? [] : lane.drills.filter((drill) => !results.has(drill)).map((drill) => ({ lane, drill })),
  )
  const picked = new Set(sample === undefined ? all : sampled(all, sample, seed))
  for (const each of all) {
    if (picked.has(each)) continue
    skip(each.lane, each.drill, { message: `not in the sample of ${sample} (seed ${seed})`, skipReason: 'sample' })
  }
  return lanes.map((lane) => ({
    lane,
    drills: [...picked].filter((each) => each.lane === lane).map(({ drill }) => drill),
  }))
}

async function runLanes(
  all: readonly { readonly lane: Lane; readonly drills: readonly WithChanges<Drill>[] }[],
  results: Results,
  { options, skip }: Choosing,
): Promise<void> {
  const { jobs: limit, seed, stop, withinMs } = options
  const budget = new TimeBudget(withinMs, seed)
  const laneOf = new Map<DrillJob, Lane>()
  const jobs = all.flatMap(({ lane, drills }) => {
    const planned = planJobs(lane.component.name, drills, lane.checks, limit)
    for (const job of planned) laneOf.set(job, lane)
    return planned
  })
  // The longest lane starts first; conflicting jobs wait for it.
  const jobsOf = (job: DrillJob) => jobs.filter(({ component }) => component === job.component).length
  const scheduled = [...jobs]
    .sort((a, b) => jobsOf(b) - jobsOf(a))
    .map((job) => ({
      job,
      weight: isFault(job) ? 0 : job.drills.length,
      async run() {
        const lane = laneOf.get(job)
        if (!lane) return
        if (lane.broken) {
          for (const drill of job.drills) skip(lane, drill, { message: lane.broken })
          return
        }
        const started = performance.now()
        for (const [n, result] of (await runJob(lane, job)).entries()) {
          const drill = job.drills[n]
          if (drill) results.set(drill, result)
        }
        budget.ended(performance.now() - started)
      },
    }))
  const left = await runScheduled(scheduled, {
    ...{ limit, conflict },
    order: (pending) => (stop.aborted ? [] : budget.order(pending)),
  })
  for (const job of left) {
    const lane = laneOf.get(job)
    for (const drill of job.drills) {
      if (!lane || results.has(drill)) continue
      if (stop.aborted) skip(lane, drill, { message: 'interrupted' })
      else skip(lane, drill, { message: `no time left (seed ${seed} chose the others)`, skipReason: 'time' })
    }
  }
}

async function runJob(lane: Lane, { drills, component }: DrillJob): Promise<readonly DrillResult[]> {
  const { emit } = lane.work
  const name = `${component}: ${drills.map(({ id }) => id).join(', ')}`
  const results = await step(
    emit,
    name,
    async (progress): Promise<readonly DrillResult[]> => {
      const work = { ...lane.work, progress }
      const [first] = drills
      if (first?.kind === 'restart') return [await runRestart(work, first, lane.checks)]
      if (first?.kind === 'fault') return [await runFault(work, first)]
      return runRound(
        work,
        drills.filter((drill) => drill.kind === 'mutation'),
        lane.checks,
      )
    },
    { detail: (ended) => outcomeText(ended) },
  )
  for (const { id, outcome, kind, recoveredMs, message } of results) {
    if (outcome !== 'failed') continue
    emit({ type: 'notice', level: 'warn', message: `${component} ${id} failed: ${message ?? ''}` })
    if (kind !== 'fault' && recoveredMs === undefined) lane.broken = `its checks do not pass after the drill ${id}`
  }
  return results
}

function outcomeText(results: readonly DrillResult[]): string {
  const failed = results.filter(({ outcome }) => outcome === 'failed')
  return failed.length ? `failed: ${failed.map(({ id }) => id).join(', ')}` : 'passed'
}
