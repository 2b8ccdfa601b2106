import { setTimeout as sleep } from 'node:timers/promises'
import { anySignal } from './any-signal.ts'
import { PlatformError } from './errors.ts'
import { CommandError } from './runner.ts'
import type { CheckResult } from './unit.ts'

/** A check that `verify` runs against the running system. */
export interface Check {
  /** Unique in its unit. Not every check has one. */
  readonly id?: string
  /** What the check proves, in a few words. */
  readonly name: string
  /** The check fails after this time, in milliseconds. */
  readonly timeoutMs: number
  /** A command that diagnoses or fixes a failure; works when pasted. */
  readonly hint?: string
  /** Returns what was observed. Throws with what was expected and observed, or `CheckSkipped`. */
  run(signal: AbortSignal): Promise<string>
}

/** Thrown by a check that cannot run here, with the reason: the outcome is `skipped`. */
export class CheckSkipped extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'CheckSkipped'
  }
}

/** How long a check that timed out may take to clean up, in milliseconds. */
const graceMs = 5_000

/** Runs one check with its timeout. */
export async function runCheck(check: Check, signal?: AbortSignal): Promise<CheckResult> {
  const { id, name, timeoutMs, hint, run } = check
  const started = performance.now()
  const ms = () => Math.round(performance.now() - started)
  const timeout = new AbortController()
  const timeoutError = new Error(`no answer within ${timeoutMs / 1000} s`)
  const timer = setTimeout(() => timeout.abort(timeoutError), timeoutMs)
  const both = anySignal(timeout.signal, signal)
  const work = run(both)
  try {
    const message = await Promise.race([work, aborted(both)])
    return { id, name, outcome: 'passed', ms: ms(), message }
  } catch (error) {
    // The check may have created objects: give it time to delete them.
    const last = await Promise.race([work.then(nothing, reasonOf), sleep(graceMs, undefined, { ref: false })])
    if (error instanceof CheckSkipped) return { id, name, outcome: 'skipped', ms: ms(), message: error.message }
    const own = error instanceof Error ? error.message : String(error)
    const message = error === timeoutError && last ? `${own}: ${last}` : own
    return { id, name, outcome: 'failed', ms: ms(), message, hint: hintOf(error, hint) }
  } finally {
    clearTimeout(timer)
  }
}

const nothing = () => undefined

/** What a check that timed out was waiting for, if its error tells more than the timeout. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name === 'AbortError' || error instanceof CommandError) return undefined
  return error.message.startsWith('no answer within') ? undefined : error.message
}

/** An error's own hint is more specific than the check's, except that of a command, which only repeats the command. */
function hintOf(error: unknown, hint: string | undefined): string | undefined {
  const own = error instanceof PlatformError ? error.hint : undefined
  return error instanceof CommandError ? (hint ?? own) : (own ?? hint)
}

/** Runs all checks concurrently and keeps their order. */
export function runChecks(checks: readonly Check[], signal?: AbortSignal): Promise<CheckResult[]> {
  return Promise.all(checks.map((check) => runCheck(check, signal)))
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
