import { setTimeout as sleep } from 'node:timers/promises'
import { type Check, type CheckResult, runCheck } from '@platform/core'
import type { ReadyChecks } from '../verify/verify.ts'

/** Makes the checks ready to be asked again. */
export type PrepareChecks = () => Promise<ReadyChecks>

type Wanted = (id: string) => boolean

interface RunOptions {
  readonly withinMs: number
  readonly signal: AbortSignal
  /** Which checks are asked. Default: all. */
  readonly wanted?: Wanted
  /** Is passed on what is waited for. */
  readonly progress?: (message: string) => void
}

const pauseMs = 500

/** Neither passed nor skipped. */
export function fails({ outcome }: CheckResult): boolean {
  return outcome === 'failed'
}

/** One line for checks that failed. */
export function failureText(failed: readonly CheckResult[]): string {
  return failed.map(({ id, message }) => `${id}: ${message ?? ''}`).join('; ')
}

/** All wanted checks, asked together. */
export async function runAllChecks(
  ask: PrepareChecks,
  signal: AbortSignal,
  wanted: Wanted = () => true,
): Promise<readonly CheckResult[]> {
  const { checks, closed } = await ask()
  const asked = checks.filter(({ id }) => wanted(id ?? ''))
  const results = await Promise.all(asked.map((check) => runCheck(check, signal)))
  await closed()
  return results
}

/**
 * Asks the wanted checks, in their order, again and again until one of them fails. The last one must also say what is
 * expected of it: while it fails for another reason it is asked again.
 *
 * @returns the first in their order that failed; undefined: none did in the time
 */
export async function firstFailing(
  ask: PrepareChecks,
  {
    withinMs,
    signal,
    wanted = () => true,
    last,
    expectedMessage,
  }: RunOptions & { readonly last: string; readonly expectedMessage?: RegExp },
): Promise<CheckResult | undefined> {
  const end = performance.now() + withinMs
  for (;;) {
    const { checks, closed } = await ask()
    const upTo = checks.findIndex(({ id }) => id === last)
    const found = await firstOf(
      checks.slice(0, upTo + 1).filter(({ id }) => wanted(id ?? '')),
      signal,
    )
    await closed()
    signal.throwIfAborted()
    const expected = found && (found.id !== last || !expectedMessage || expectedMessage.test(found.message ?? ''))
    if (expected || performance.now() > end) return found
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

/**
 * Waits until each wanted check has passed; one that has is not asked again.
 *
 * @returns those that still fail when the time is over; none: all pass
 */
export async function untilAllPass(
  ask: PrepareChecks,
  { withinMs, signal, wanted = () => true, progress }: RunOptions,
): Promise<readonly CheckResult[]> {
  const end = performance.now() + withinMs
  let left: Wanted = wanted
  for (;;) {
    const failing = (await runAllChecks(ask, signal, left)).filter(fails)
    signal.throwIfAborted()
    if (!failing.length || performance.now() > end) return failing
    const ids = new Set(failing.map(({ id }) => id))
    left = (id) => ids.has(id)
    progress?.(`waiting for ${failureText(failing)}`)
    await sleep(pauseMs, undefined, { signal })
  }
}
