import { setTimeout as sleep } from 'node:timers/promises'
import type { Emit, Unit, UnitContext } from '@platform/core'
import type { DrillDocument } from '@platform/core/documents'
import type { Component } from '../component/component.ts'
import type { Session } from '../session/session.ts'
import { type ProofScope, withProofContext } from '../verify/proof-context.ts'
import type { PrepareChecks } from './rounds.ts'

export type DrillResult = DrillDocument['drills'][number]

/** The context of the drills of one component. */
export interface DrillWork {
  readonly component: Component
  readonly unit: Pick<Unit, 'plan' | 'up'>
  readonly session: Session
  /** Its signal is not the user's, because drills are repaired after a Ctrl-C too. */
  readonly context: UnitContext
  /** The user's signal: no more drills start. */
  readonly stop: AbortSignal
  readonly prepareChecks: PrepareChecks
  readonly progress: (message: string) => void
  readonly emit: Emit
}

/** Timeouts of the phases of a drill, in milliseconds. */
export interface DrillTimeouts {
  /** Until the check fails; a mutation may override it. */
  readonly detectMs: number
  /** For the break. */
  readonly breakMs: number
  /** Until the checks pass again. */
  readonly recoverMs: number
}

export const drillTimeouts: DrillTimeouts = { detectMs: 30_000, breakMs: 240_000, recoverMs: 180_000 }

/** Milliseconds that aborted work may take to end, e.g. for a pending request or a pod's deletion. */
const endsWithinMs = 60_000

/**
 * Runs work with a ProofContext and a timeout, and deletes its temporary objects. Waits some time for aborted work,
 * because a break after the repair would persist.
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
  const aborted = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason), { once: true })
  })
  aborted.catch(() => {})
  const scope: ProofScope = { context, component, session, signal: limit.signal, timeoutMs: limitMs }
  const working = withProofContext(scope, work)
  try {
    return await Promise.race([working, aborted])
  } catch (error) {
    await waitForEnd(working, endsWithinMs)
    throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

/** Waits until the work is settled, or until the timeout. */
async function waitForEnd(work: Promise<unknown>, withinMs: number): Promise<void> {
  const end = new AbortController()
  const timeout = sleep(withinMs, undefined, { signal: end.signal }).catch(() => {})
  await Promise.race([Promise.allSettled([work]), timeout])
  end.abort()
}

/** Milliseconds since `performance.now()` was `started`. */
export function since(started: number): number {
  return Math.round(performance.now() - started)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
