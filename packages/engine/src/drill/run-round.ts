import type { CheckResult, Emit } from '@platform/core'
import type { Mutation } from '../component/drill.ts'
import type { ProofContext } from '../component/proof-context.ts'
import { failureText, firstFailing, untilAllPass } from './rounds.ts'
import { affectedChecks, type CheckScope, type WithChanges } from './subjects.ts'
import {
  type DrillResult,
  type DrillTimeouts,
  type DrillWork,
  drillTimeouts,
  messageOf,
  since,
  withContext,
} from './work.ts'

/** A mutation while its round runs. */
interface Entry {
  readonly mutation: Mutation
  /** Ids of the checks that it affects, up to the one that must catch it. */
  readonly affected: ReadonlySet<string>
  problems: string[]
  broken: boolean
  detected?: { readonly caughtBy: string | undefined; readonly ms: number }
}

/**
 * Runs mutations that affect different checks. Their checks must pass before. Then all mutations are made, each is caught
 * by its check, one `up` repairs them, and the checks pass again.
 *
 * @param checks the component's checks in their order
 * @returns a result for each mutation, without `recoveredMs` where the checks do not pass again. Never throws.
 */
export async function runRound(
  work: DrillWork,
  mutations: readonly WithChanges<Mutation>[],
  checks: readonly CheckScope[],
  timeouts: DrillTimeouts = drillTimeouts,
): Promise<DrillResult[]> {
  const started = performance.now()
  const { name } = work.component
  const entries = mutations.map((mutation): Entry => {
    const ids = affectedChecks(mutation, checks).map(({ id = '' }) => id)
    return { mutation, affected: new Set(ids), problems: [], broken: false }
  })
  const before = await failingChecksOf(work, entries, timeouts, work.stop).catch(() => [])
  if (before.length || work.stop.aborted) {
    const message = before.length ? `not run: checks fail before it: ${failureText(before)}` : 'interrupted'
    const outcome = before.length ? 'failed' : 'skipped'
    return entries.map(({ mutation }) => ({ ...head(name, mutation), outcome, ms: since(started), message }))
  }
  await breakAndObserve(work, entries, timeouts)
  const recoveredMs = await repair(work, entries, timeouts)
  return entries.map(({ mutation, problems, detected }) => ({
    ...head(name, mutation),
    outcome: problems.length ? 'failed' : 'passed',
    expected: mutation.caughtBy,
    ...(detected && { caughtBy: detected.caughtBy, detectedMs: detected.ms }),
    ...(recoveredMs !== undefined && { recoveredMs }),
    ...(problems.length && { message: problems.join('; ') }),
    ms: since(started),
  }))
}

function head(component: string, { id, name, kind }: Mutation) {
  return { component, id, name, kind }
}

function failingChecksOf(work: DrillWork, entries: readonly Entry[], timeouts: DrillTimeouts, signal: AbortSignal) {
  const wanted = (id: string) => entries.some((entry) => entry.affected.has(id))
  return untilAllPass(work.prepareChecks, { wanted, signal, withinMs: timeouts.recoverMs, progress: work.progress })
}

async function breakAndObserve(work: DrillWork, entries: readonly Entry[], timeouts: DrillTimeouts): Promise<void> {
  const detectMs = ({ mutation }: Entry) => mutation.detectWithinMs ?? timeouts.detectMs
  const longest = Math.max(...entries.map(detectMs))
  try {
    // Temporary objects of the mutations exist until all are detected.
    await withContext(work, work.stop, timeouts.breakMs + longest, async (proof) => {
      for (const entry of entries) await breakOne(entry, proof)
      const broken = entries.filter((entry) => entry.broken)
      await takeEffect(broken, proof)
      work.progress(`broken; waiting for ${[...new Set(broken.map(({ mutation }) => mutation.caughtBy))].join(', ')}`)
      const began = performance.now()
      await Promise.all(broken.map((entry) => observe(work, entry, { began, withinMs: detectMs(entry) })))
    })
  } catch (error) {
    // A failure even if the right check failed, because temporary objects may still exist.
    for (const { problems } of entries) problems.push(`after the break: ${messageOf(error)}`)
  }
}

async function breakOne(entry: Entry, proof: ProofContext): Promise<void> {
  try {
    entry.broken = true
    await entry.mutation.break(proof)
  } catch (error) {
    entry.broken = false
    entry.problems.push(`the break failed: ${messageOf(error)}`)
    proof.signal.throwIfAborted()
  }
}

/** Calls each distinct function once. */
async function takeEffect(entries: readonly Entry[], proof: ProofContext): Promise<void> {
  const functions = new Set(entries.flatMap(({ mutation }) => mutation.takeEffect ?? []))
  await Promise.all([...functions].map((effect) => effect(proof)))
}

async function observe(
  { prepareChecks, stop }: DrillWork,
  entry: Entry,
  { began, withinMs }: { readonly began: number; readonly withinMs: number },
): Promise<void> {
  const { caughtBy, expectedMessage } = entry.mutation
  const wanted = (id: string) => entry.affected.has(id)
  const first = await firstFailing(prepareChecks, { last: caughtBy, expectedMessage, wanted, withinMs, signal: stop })
  entry.detected = first && { caughtBy: first.id, ms: since(began) }
  const problem = verdict(entry.mutation, first, withinMs)
  if (problem) entry.problems.push(problem)
}

/** Why the first failed check is not the expected failure; undefined if it is. Pure. */
export function verdict(
  { caughtBy, expectedMessage }: Pick<Mutation, 'caughtBy' | 'expectedMessage'>,
  first: CheckResult | undefined,
  withinMs: number,
): string | undefined {
  if (!first) return `no check up to ${caughtBy} failed within ${withinMs / 1000} s`
  if (first.id !== caughtBy) return `${first.id} failed before ${caughtBy}: ${first.message ?? ''}`
  if (expectedMessage && !expectedMessage.test(first.message ?? ''))
    return `${caughtBy} failed, but its message does not match ${expectedMessage}: ${first.message ?? ''}`
  return undefined
}

/** Repairs by `up`, as a user would, and waits until the checks pass. Returns how long that took, in ms. */
async function repair(
  work: DrillWork,
  entries: readonly Entry[],
  timeouts: DrillTimeouts,
): Promise<number | undefined> {
  const { unit, context, progress, emit } = work
  const began = performance.now()
  const fail = (problem: string) => {
    for (const { problems } of entries) problems.push(problem)
    return undefined
  }
  try {
    for (const undo of new Set(entries.flatMap(({ mutation }) => mutation.undo ?? []))) {
      await withContext(work, context.signal, timeouts.breakMs, undo)
    }
    const { steps } = await unit.plan(context, { verb: 'up' })
    if (!steps.length && entries.some(({ mutation }) => !mutation.undo))
      return fail('`up` does not repair it: its plan has no steps')
    if (steps.length) await unit.up({ ...context, emit: quiet(emit, progress) })
    progress('repaired; waiting for the checks to pass')
    // After an interrupt it does not wait for the checks.
    const failing = work.stop.aborted ? [] : await failingChecksOf(work, entries, timeouts, context.signal)
    if (!failing.length) return since(began)
    return fail(`the checks do not pass again within ${timeouts.recoverMs / 1000} s: ${failureText(failing)}`)
  } catch (error) {
    return fail(`\`up\` did not repair it: ${messageOf(error)}`)
  }
}

/** Shortens the output of `up` inside a drill to one progress line, and passes warnings on. */
function quiet(emit: Emit, progress: (message: string) => void): Emit {
  return (event) => {
    if (event.type === 'notice') {
      if (event.level === 'warn') emit(event)
    } else if (event.type === 'step.progress') progress(`up: ${event.step}: ${event.message}`)
    else if (event.type === 'step.started') progress(`up: ${event.step}`)
  }
}
