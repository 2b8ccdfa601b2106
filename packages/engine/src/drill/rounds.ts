import { setTimeout as sleep } from 'node:timers/promises'
import { type Check, type CheckResult, runCheck } from '@platform/core'
import type { ReadyChecks } from '../verify/verify.ts'

/** Asks the checks anew, whenever it is called. */
export type AskChecks = () => Promise<ReadyChecks>

const pauseMs = 500

/** Neither well nor skipped. */
export function fails({ ok, skipped }: CheckResult): boolean {
  return !ok && !skipped
}

/** All checks, asked together. */
export async function askAll(
  ask: AskChecks,
  signal: AbortSignal,
  wanted: (id: string) => boolean = () => true,
): Promise<readonly CheckResult[]> {
  const { checks, closed } = await ask()
  const asked = checks.filter(({ id }) => wanted(id ?? ''))
  const results = await Promise.all(asked.map((check) => runCheck(check, signal)))
  await closed()
  return results
}

/**
 * Asks the checks up to this one (what comes after it does not decide), round after round, until one of them fails.
 *
 * @returns the first in their order that failed; undefined: none did in the time
 */
export async function firstFailing(
  ask: AskChecks,
  upTo: string,
  { withinMs, signal }: { readonly withinMs: number; readonly signal: AbortSignal },
): Promise<CheckResult | undefined> {
  const end = performance.now() + withinMs
  for (;;) {
    const { checks, closed } = await ask()
    const last = checks.findIndex(({ id }) => id === upTo)
    const found = await firstOf(checks.slice(0, last + 1), signal)
    await closed()
    signal.throwIfAborted()
    if (found || performance.now() > end) return found
    await sleep(pauseMs, undefined, { signal })
  }
}

/** The first in their order that fails, as soon as it is known to be the first; the others are given up then. */
export async function firstOf(checks: readonly Check[], signal: AbortSignal): Promise<CheckResult | undefined> {
  const stop = new AbortController()
  const abort = () => stop.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const running = checks.map((check) => runCheck(check, stop.signal))
  try {
    for (const check of running) {
      const result = await check
      if (fails(result)) return result
    }
    return undefined
  } finally {
    stop.abort(new Error('another check has failed before it'))
    await Promise.all(running)
    signal.removeEventListener('abort', abort)
  }
}

/** The checks that took much longer than most, by the time that each took. Pure. */
export function slowChecks(results: readonly CheckResult[]): ReadonlySet<string> {
  const times = results.map(({ ms }) => ms).sort((a, b) => a - b)
  const limit = Math.max(5000, 3 * (times[Math.floor(times.length / 2)] ?? 0))
  return new Set(results.flatMap(({ id, ms }) => (id !== undefined && ms > limit ? [id] : [])))
}

/**
 * Waits until all checks hold, or those that are wanted.
 *
 * @returns those that still fail when the time is over; none: all hold
 */
export async function untilAllHold(
  ask: AskChecks,
  {
    withinMs,
    signal,
    wanted,
  }: { readonly withinMs: number; readonly signal: AbortSignal; readonly wanted?: (id: string) => boolean },
): Promise<readonly CheckResult[]> {
  const end = performance.now() + withinMs
  for (;;) {
    const failing = (await askAll(ask, signal, wanted)).filter(fails)
    signal.throwIfAborted()
    if (!failing.length || performance.now() > end) return failing
    await sleep(pauseMs, undefined, { signal })
  }
}
