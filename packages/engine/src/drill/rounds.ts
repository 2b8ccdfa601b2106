import { setTimeout as sleep } from 'node:timers/promises'
import { type Check, type CheckResult, runCheck } from '@platform/core'
import type { ReadyChecks } from '../verify/verify.ts'

/** Prepares the checks for another run. */
export type PrepareChecks = () => Promise<ReadyChecks>

type Wanted = (id: string) => boolean

interface RunOptions {
  readonly withinMs: number
  readonly signal: AbortSignal
  /** Selects checks by id. Default: all. */
  readonly wanted?: Wanted
  /** Called with the failing checks while it waits. */
  readonly progress?: (message: string) => void
}

const pauseMs = 500

export function fails({ outcome }: CheckResult): boolean {
  return outcome === 'failed'
}

/** Formats failed checks in one line. */
export function failureText(failed: readonly CheckResult[]): string {
  return failed.map(({ id, message }) => `${id}: ${message ?? ''}`).join('; ')
}

/** Runs all wanted checks concurrently. */
export async function runAllChecks(
  prepareChecks: PrepareChecks,
  signal: AbortSignal,
  wanted: Wanted = () => true,
): Promise<readonly CheckResult[]> {
  const { checks, closed } = await prepareChecks()
  const selected = checks.filter(({ id }) => wanted(id ?? ''))
  const results = await Promise.all(selected.map((check) => runCheck(check, signal)))
  await closed()
  return results
}

/**
 * Runs the wanted checks up to `last` repeatedly until one fails. The message of `last` must also match `expectedMessage`;
 * otherwise it runs again.
 *
 * @returns the first failed check in the checks' order; undefined if none failed in time
 */
export async function firstFailing(
  prepareChecks: PrepareChecks,
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
    const { checks, closed } = await prepareChecks()
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

/** The first failed check in the checks' order. Returns as soon as it is known, and aborts the others. */
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
    stop.abort(new Error('an earlier check failed'))
    await Promise.all(running)
    signal.removeEventListener('abort', abort)
  }
}

/**
 * Retries the wanted checks until each has passed once.
 *
 * @returns the checks that still fail at the timeout
 */
export async function untilAllPass(
  prepareChecks: PrepareChecks,
  { withinMs, signal, wanted = () => true, progress }: RunOptions,
): Promise<readonly CheckResult[]> {
  const end = performance.now() + withinMs
  let remaining: Wanted = wanted
  for (;;) {
    const failing = (await runAllChecks(prepareChecks, signal, remaining)).filter(fails)
    signal.throwIfAborted()
    if (!failing.length || performance.now() > end) return failing
    const ids = new Set(failing.map(({ id }) => id))
    remaining = (id) => ids.has(id)
    progress?.(`waiting for ${failureText(failing)}`)
    await sleep(pauseMs, undefined, { signal })
  }
}
