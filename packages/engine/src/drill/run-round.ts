import type { CheckResult, Emit } from '@platform/core'
import type { Mutation } from '../component/drill.ts'
import type { ProofContext } from '../component/proof-context.ts'
import { failureText, firstFailing, untilAllPass } from './rounds.ts'
import { affectedChecks, type WithChanges, type CheckScope } from './subjects.ts'
import {
  type DrillTimeouts,
  type DrillResult,
  type DrillWork,
  drillTimeouts,
  messageOf,
  since,
  withContext,
} from './work.ts'

/** A mutation while its round runs. */
interface Entry {
  readonly mutation: Mutation
  /** The ids of the checks that judge it. */
  readonly affected: ReadonlySet<string>
  problems: string[]
  broken: boolean
  detected?: { readonly caughtBy: string | undefined; readonly ms: number }
}

/**
 * Carries out mutations that can't be mistaken for one another: the checks that judge them pass, all are made, each is
 * caught by its check, one `up` repairs them, the checks pass again.
 *
 * @param checks the component's checks in their order
 * @returns a result for each mutation; `recoveredMs` is missing where the checks do not pass again. Never throws.
 */
export async function runRound(
  work: DrillWork,
  mutations: readonly WithChanges<Mutation>[],
  checks: readonly CheckScope[],
  limits: DrillTimeouts = drillTimeouts,
): Promise<DrillResult[]> {
  const started = performance.now()
  const { name } = work.component
  const entries = mutations.map((mutation): Entry => {
    const ids = affectedChecks(mutation, checks).map(({ id = '' }) => id)
    return { mutation, affected: new Set(ids), problems: [], broken: false }
  })
  const before = await failingChecksOf(work, entries, limits, work.stop).catch(() => [])
  if (before.length || work.stop.aborted) {
    const message = before.length ? `not made: checks fail before it: ${failureText(before)}` : 'interrupted'
    const outcome = before.length ? 'failed' : 'skipped'
    return entries.map(({ mutation }) => ({ ...head(name, mutation), outcome, ms: since(started), message }))
  }
  await breakAndObserve(work, entries, limits)
  const recoveredMs = await repair(work, entries, limits)
  return entries.map(({ mutation, problems, detected: seen }) => ({
    ...head(name, mutation),
    outcome: problems.length ? 'failed' : 'passed',
    expected: mutation.caughtBy,
    ...(seen && { caughtBy: seen.caughtBy, detectedMs: seen.ms }),
    ...(recoveredMs !== undefined && { recoveredMs }),
    ...(problems.length && { message: problems.join('; ') }),
    ms: since(started),
  }))
}

function head(component: string, { id, name, kind }: Mutation) {
  return { component, id, name, kind }
}

function failingChecksOf(work: DrillWork, entries: readonly Entry[], limits: DrillTimeouts, signal: AbortSignal) {
  const wanted = (id: string) => entries.some((entry) => entry.affected.has(id))
  return untilAllPass(work.prepareChecks, { wanted, signal, withinMs: limits.recoverMs, progress: work.progress })
}

async function breakAndObserve(work: DrillWork, entries: readonly Entry[], limits: DrillTimeouts): Promise<void> {
  const shows = ({ mutation }: Entry) => mutation.detectWithinMs ?? limits.detectMs
  const longest = Math.max(...entries.map(shows))
  try {
    // What it makes for the damage exists until the damage was seen.
    await withContext(work, work.stop, limits.breakMs + longest, async (proof) => {
      for (const entry of entries) await breakOne(entry, proof)
      const broken = entries.filter((entry) => entry.broken)
      await takeEffect(broken, proof)
      work.progress(`broken; waiting for ${[...new Set(broken.map(({ mutation }) => mutation.caughtBy))].join(', ')}`)
      const began = performance.now()
      await Promise.all(broken.map((entry) => observe(work, entry, { began, withinMs: shows(entry) })))
    })
  } catch (error) {
    // Also when the right check had failed: what was made for the damage may still exist.
    for (const { problems } of entries) problems.push(`after it was broken: ${messageOf(error)}`)
  }
}

async function breakOne(entry: Entry, proof: ProofContext): Promise<void> {
  try {
    entry.broken = true
    await entry.mutation.break(proof)
  } catch (error) {
    entry.broken = false
    entry.problems.push(`could not be broken: ${messageOf(error)}`)
    proof.signal.throwIfAborted()
  }
}

/** Calls each function once, also where several mutations name it. */
async function takeEffect(entries: readonly Entry[], proof: ProofContext): Promise<void> {
  const functions = new Set(entries.flatMap(({ mutation }) => mutation.takeEffect ?? []))
  await Promise.all([...functions].map((effect) => effect(proof)))
}

async function observe(
  { prepareChecks: ask, stop }: DrillWork,
  entry: Entry,
  { began, withinMs }: { readonly began: number; readonly withinMs: number },
): Promise<void> {
  const { caughtBy, expectedMessage } = entry.mutation
  const wanted = (id: string) => entry.affected.has(id)
  const first = await firstFailing(ask, { last: caughtBy, expectedMessage, wanted, withinMs, signal: stop })
  entry.detected = first && { caughtBy: first.id, ms: since(began) }
  const problem = verdict(entry.mutation, first, withinMs)
  if (problem) entry.problems.push(problem)
}

/** What is wrong with the check that failed first; undefined: it is the expected one, for the expected reason. Pure. */
export function verdict(
  { caughtBy, expectedMessage }: Pick<Mutation, 'caughtBy' | 'expectedMessage'>,
  first: CheckResult | undefined,
  withinMs: number,
): string | undefined {
  if (!first) return `no check up to ${caughtBy} failed within ${withinMs / 1000} s`
  if (first.id !== caughtBy) return `${first.id} failed before ${caughtBy}: ${first.message ?? ''}`
  if (expectedMessage && !expectedMessage.test(first.message ?? ''))
    return `${caughtBy} failed, but not with ${expectedMessage}: ${first.message ?? ''}`
  return undefined
}

/** Repairs the damage by `up`, as a user would, and waits until the judges pass. Returns how long that took, in ms. */
async function repair(work: DrillWork, entries: readonly Entry[], limits: DrillTimeouts): Promise<number | undefined> {
  const { unit, context, progress, emit } = work
  const began = performance.now()
  const fail = (problem: string) => {
    for (const { problems } of entries) problems.push(problem)
    return undefined
  }
  try {
    for (const undo of new Set(entries.flatMap(({ mutation }) => mutation.undo ?? []))) {
      await withContext(work, context.signal, limits.breakMs, undo)
    }
    const { steps } = await unit.plan(context, { verb: 'up' })
    if (!steps.length && entries.some(({ mutation }) => !mutation.undo))
      return fail('`up` does not repair it: its plan has nothing to do')
    if (steps.length) await unit.up({ ...context, emit: quiet(emit, progress) })
    progress('repaired; waiting for the checks to pass')
    // After an interrupt it does not wait for the checks: the damage is repaired already.
    const failing = work.stop.aborted ? [] : await failingChecksOf(work, entries, limits, context.signal)
    if (!failing.length) return since(began)
    return fail(`the checks do not pass again within ${limits.recoverMs / 1000} s: ${failureText(failing)}`)
  } catch (error) {
    return fail(`\`up\` did not repair it: ${messageOf(error)}`)
  }
}

/** `up` inside of a drill: what it does now, in one line; warnings as they are. */
function quiet(emit: Emit, progress: (message: string) => void): Emit {
  return (event) => {
    if (event.type === 'notice') {
      if (event.level === 'warn') emit(event)
    } else if (event.type === 'step.progress') progress(`up: ${event.step}: ${event.message}`)
    else if (event.type === 'step.started') progress(`up: ${event.step}`)
  }
}
