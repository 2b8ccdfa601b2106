import { setTimeout as sleep } from 'node:timers/promises'
import { type CheckResult, CommandError, PlatformError } from '@platform/core'
import { anySignal } from './any-signal.ts'

/** Something that `verify` proves by asking the running system. */
export interface Check {
  /** What is proved, in a few words. */
  readonly name: string
  /** The time that it may take, in milliseconds; then it has failed. */
  readonly limitMs: number
  /** A command that shows or mends it; works when pasted. */
  readonly hint?: string
  /** Returns what was seen. Throws with what was expected and what was seen instead. */
  ask(signal: AbortSignal): Promise<string>
}

/** A check that was given up is waited for this long. */
const graceMs = 5_000

/** Carries out one check, within its time. */
export async function runCheck({ name, limitMs, hint, ask }: Check, signal?: AbortSignal): Promise<CheckResult> {
  const started = performance.now()
  const ms = () => Math.round(performance.now() - started)
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(new Error(`no answer within ${limitMs / 1000} s`)), limitMs)
  const both = anySignal(limit.signal, signal)
  const work = ask(both)
  try {
    const message = await Promise.race([work, aborted(both)])
    return { name, ok: true, ms: ms(), message }
  } catch (error) {
    // What it made for the question it takes away again before it ends.
    await Promise.race([work.catch(() => {}), sleep(graceMs, undefined, { ref: false })])
    const message = error instanceof Error ? error.message : String(error)
    return { name, ok: false, ms: ms(), message, hint: hintOf(error, hint) }
  } finally {
    clearTimeout(timer)
  }
}

/** An error's own hint knows more than the check's, but for that of a command, which is only the command again. */
function hintOf(error: unknown, hint: string | undefined): string | undefined {
  const own = error instanceof PlatformError ? error.hint : undefined
  return error instanceof CommandError ? (hint ?? own) : (own ?? hint)
}

/** Carries out all of them at once, and keeps their order. */
export function runChecks(checks: readonly Check[], signal?: AbortSignal): Promise<CheckResult[]> {
  return Promise.all(checks.map((check) => runCheck(check, signal)))
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
