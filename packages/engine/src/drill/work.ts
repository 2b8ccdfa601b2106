import { setTimeout as sleep } from 'node:timers/promises'
import type { Emit, Unit, UnitContext } from '@platform/core'
import type { DrillDocument } from '@platform/core/documents'
import type { Component } from '../component/component.ts'
import type { Session } from '../session/session.ts'
import { withProofContext } from '../verify/proof-context.ts'
import type { PrepareChecks } from './rounds.ts'

export type DrillResult = DrillDocument['drills'][number]

/** What the drills of one component work with. */
export interface DrillWork {
  readonly component: Component
  readonly unit: Pick<Unit, 'plan' | 'up'>
  readonly session: Session
  /** Its signal is not the user's: what was broken is repaired after a Ctrl-C too. */
  readonly context: UnitContext
  /** The user's signal: nothing more is begun. */
  readonly stop: AbortSignal
  readonly prepareChecks: PrepareChecks
  readonly progress: (message: string) => void
  readonly emit: Emit
}

/** How long each part of a drill may take, in milliseconds. */
export interface DrillTimeouts {
  /** Until the damage shows, where the mutation does not say. */
  readonly detectMs: number
  /** For making the damage. */
  readonly breakMs: number
  /** Until the checks pass again. */
  readonly recoverMs: number
}

export const drillTimeouts: DrillTimeouts = { detectMs: 30_000, breakMs: 240_000, recoverMs: 180_000 }

/** How long work that was given up may take to end: a request that is under way, a pod that is deleted. */
const endsWithinMs = 60_000

/**
 * Does work with a ProofContext, for so long at most, and removes what it made. Work that is given up is waited for (some
 * time): damage that comes after the repair would stay.
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
    await ended(working, endsWithinMs)
    throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

/** Waits until it has ended, however; for so long at most. */
async function ended(work: Promise<unknown>, withinMs: number): Promise<void> {
  const end = new AbortController()
  const given = sleep(withinMs, undefined, { signal: end.signal }).catch(() => {})
  await Promise.race([Promise.allSettled([work]), given])
  end.abort()
}

/** Milliseconds since `performance.now()` was `started`. */
export function since(started: number): number {
  return Math.round(performance.now() - started)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
