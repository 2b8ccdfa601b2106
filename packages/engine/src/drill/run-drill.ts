import { setTimeout as sleep } from 'node:timers/promises'
import type { CheckResult, Emit, Unit, UnitContext } from '@platform/core'
import type { DrillDocument } from '@platform/core/documents'
import type { Component } from '../component.ts'
import type { Mutation, Restart } from '../drill.ts'
import type { Session } from '../session.ts'
import { withProofContext } from '../verify/proof-context.ts'
import { type AskChecks, firstFailing, untilAllHold } from './rounds.ts'

export type DrillResult = DrillDocument['drills'][number]

/** What a drill works on. */
export interface DrillWork {
  readonly component: Component
  readonly unit: Unit
  readonly session: Session
  /** Its signal is not the user's: what was broken is mended after a Ctrl-C too. */
  readonly context: UnitContext
  /** The user's signal: nothing is begun any more. */
  readonly stop: AbortSignal
  readonly ask: AskChecks
  /** Ids of checks that take long: after a drill they are asked only when it was theirs, and at the end. */
  readonly slow: ReadonlySet<string>
  readonly progress: (message: string) => void
  readonly emit: Emit
}

export interface Limits {
  readonly showsWithinMs: number
  readonly disturbMs: number
  readonly holdsWithinMs: number
}

/** How long work that was given up may take to end: a request that is under way, a pod that is deleted. */
const settlesWithinMs = 60_000

const limits: Limits = { showsWithinMs: 30_000, disturbMs: 240_000, holdsWithinMs: 180_000 }

/** Carries out one drill. What is broken afterwards all the same is in the result's message. */
export async function runDrill(
  work: DrillWork,
  drill: Mutation | Restart,
  given: Limits = limits,
): Promise<DrillResult> {
  const started = performance.now()
  const found = drill.kind === 'mutation' ? await mutate(work, drill, given) : await restart(work, drill, given)
  const head = { component: work.component.name, id: drill.id, name: drill.name, kind: drill.kind }
  return { ...head, ...found, ms: since(started) }
}

type Found = Pick<DrillResult, 'outcome' | 'expected' | 'caughtBy' | 'seenMs' | 'mendedMs' | 'message'>

async function mutate(work: DrillWork, drill: Mutation, limit: Limits): Promise<Found> {
  const { caughtBy: expected, showsWithinMs = limit.showsWithinMs } = drill
  let seen: Found = { outcome: 'failed', expected }
  let what = 'could not be broken'
  try {
    // What it makes for the damage stays until the damage was seen.
    await withContext(work, work.stop, limit.disturbMs + showsWithinMs, async (proof) => {
      await drill.break(proof)
      what = 'after it was broken'
      work.progress(`broken; waiting for ${expected} to fail`)
      const broken = performance.now()
      const first = await firstFailing(work.ask, expected, { withinMs: showsWithinMs, signal: work.stop })
      seen = judge(expected, first, since(broken), showsWithinMs)
    })
  } catch (error) {
    // Also when the right check had failed: what was made for the damage may still be there.
    seen = { ...seen, outcome: 'failed', message: `${what}: ${messageOf(error)}` }
  }
  const mended = await mend(work, drill, limit)
  const message = [seen.message, mended.message].filter(Boolean).join('; ') || undefined
  return { ...seen, mendedMs: mended.ms, message, outcome: mended.message ? 'failed' : seen.outcome }
}

/** Whether the right check failed first. Pure. */
export function judge(expected: string, first: CheckResult | undefined, ms: number, withinMs: number): Found {
  if (!first) {
    const message = `no check up to ${expected} failed within ${withinMs / 1000} s`
    return { outcome: 'failed', expected, message }
  }
  const seen = { expected, caughtBy: first.id, seenMs: ms }
  if (first.id === expected) return { outcome: 'ok', ...seen }
  return { outcome: 'failed', ...seen, message: `${first.id} failed before ${expected}: ${first.message ?? ''}` }
}

/** Undoes the damage by `up`, as a user would, and waits until all holds again. Never throws. */
async function mend(
  work: DrillWork,
  drill: Mutation,
  limit: Limits,
): Promise<{ readonly ms?: number; readonly message?: string }> {
  const { unit, context, progress, emit } = work
  const began = performance.now()
  try {
    const { mend: before } = drill
    if (before) await withContext(work, context.signal, limit.disturbMs, (proof) => before(proof))
    const { steps } = await unit.plan(context, { verb: 'up' })
    if (!steps.length && !before) return { message: 'up does not mend it: its plan has nothing to do' }
    if (steps.length) await unit.up({ ...context, emit: quiet(emit, progress) })
    progress('mended; waiting for the checks to hold')
    return await holds(work, limit, began, drill.caughtBy)
  } catch (error) {
    return { message: `up did not mend it: ${messageOf(error)}` }
  }
}

async function restart(work: DrillWork, drill: Restart, limit: Limits): Promise<Found> {
  const began = performance.now()
  try {
    const left = await withContext(work, work.stop, limit.disturbMs, (proof) => drill.disturb(proof))
    work.progress('disturbed; waiting for the checks to hold')
    const { message, ms } = await holds(work, limit, began)
    if (message) return { outcome: 'failed', message }
    const said = await withContext(work, work.context.signal, limit.disturbMs, async (proof) =>
      drill.check?.(proof, left),
    )
    return { outcome: 'ok', mendedMs: ms, message: said }
  } catch (error) {
    return { outcome: 'failed', message: messageOf(error) }
  }
}

async function holds(work: DrillWork, limit: Limits, began: number, caughtBy?: string) {
  // A run that is told to stop does not wait for what is mended already.
  const failing = work.stop.aborted
    ? []
    : await untilAllHold(work.ask, {
        wanted: (id) => !work.slow.has(id) || id === caughtBy,
        withinMs: limit.holdsWithinMs,
        signal: work.context.signal,
      })
  if (!failing.length) return { ms: since(began) }
  const said = failing.map(({ id, message }) => `${id}: ${message ?? ''}`)
  return { message: `the checks do not hold again within ${limit.holdsWithinMs / 1000} s: ${said.join('; ')}` }
}

/**
 * Does work with a ProofContext, for so long at most; what it made is taken away then too. Work that is given up is waited
 * for (some time): damage that lands after the mending would stay.
 */
export async function withContext<T>(
  { context, component, session }: Pick<DrillWork, 'context' | 'component' | 'session'>,
  signal: AbortSignal,
  limitMs: number,
  work: Parameters<typeof withProofContext<T>>[1],
): Promise<T> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(new Error(`not done within ${limitMs / 1000} s`)), limitMs)
  const abort = () => limit.abort(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  const given = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason), { once: true })
  })
  given.catch(() => {})
  const scope = { context, component, session, signal: limit.signal, limitMs }
  const working = withProofContext(scope, work)
  try {
    return await Promise.race([working, given])
  } catch (error) {
    await settled(working, settlesWithinMs)
    throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

/** Waits for the end of it, whichever; for so long at most. */
async function settled(work: Promise<unknown>, withinMs: number): Promise<void> {
  const end = new AbortController()
  const given = sleep(withinMs, undefined, { signal: end.signal }).catch(() => {})
  await Promise.race([Promise.allSettled([work]), given])
  end.abort()
}

/** `up` inside of a drill: what it does now, in one line; what the user should know, as it is. */
function quiet(emit: Emit, progress: (message: string) => void): Emit {
  return (event) => {
    if (event.type === 'notice') {
      if (event.level === 'warn') emit(event)
    } else if (event.type === 'step.progress') progress(`up: ${event.step}: ${event.message}`)
    else if (event.type === 'step.started') progress(`up: ${event.step}`)
  }
}

function since(started: number): number {
  return Math.round(performance.now() - started)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
