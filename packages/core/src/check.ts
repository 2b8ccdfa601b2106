import { setTimeout as sleep } from 'node:timers/promises'
import { anySignal } from './any-signal.ts'
import { PlatformError } from './errors.ts'
import { CommandError } from './runner.ts'
import type { CheckResult } from './unit.ts'

/** Something that `verify` proves by asking the running system. */
export interface Check {
  /** Unique in its unit, where it has one. */
  readonly id?: string
  /** What is proved, in a few words. */
  readonly name: string
  /** The time that it may take, in milliseconds; then it has failed. */
  readonly timeoutMs: number
  /** A command that shows or mends it; works when pasted. */
  readonly hint?: string
  /** Returns what was seen. Throws with what was expected and what was seen instead; `NotAsked`: it can't be asked here. */
  run(signal: AbortSignal): Promise<string>
}

/** Thrown by a check that can't be asked here, with the reason: it is skipped, which is neither well nor a failure. */
export class CheckSkipped extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'NotAsked'
  }
}

/** A check that was given up is waited for this long. */
const graceMs = 5_000

/** Carries out one check, within its time. */
export async function runCheck(check: Check, signal?: AbortSignal): Promise<CheckResult> {
  const { id, name, timeoutMs, hint, run } = check
  const started = performance.now()
  const ms = () => Math.round(performance.now() - started)
  const limit = new AbortController()
  const late = new Error(`no answer within ${timeoutMs / 1000} s`)
  const timer = setTimeout(() => limit.abort(late), timeoutMs)
  const both = anySignal(limit.signal, signal)
  const work = run(both)
  try {
    const message = await Promise.race([work, aborted(both)])
    return { id, name, outcome: 'passed', ms: ms(), message }
  } catch (error) {
    // What it made for the question it takes away again before it ends.
    const last = await Promise.race([work.then(nothing, wait), sleep(graceMs, undefined, { ref: false })])
    if (error instanceof CheckSkipped) return { id, name, outcome: 'skipped', ms: ms(), message: error.message }
    const own = error instanceof Error ? error.message : String(error)
    const message = error === late && last ? `${own}: ${last}` : own
    return { id, name, outcome: 'failed', ms: ms(), message, hint: hintOf(error, hint) }
  } finally {
    clearTimeout(timer)
  }
}

const nothing = () => undefined

/** What a check that was given up waited for, in its own words; nothing when it only says that it was given up. */
function wait(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name === 'AbortError' || error instanceof CommandError) return undefined
  return error.message.startsWith('no answer within') ? undefined : error.message
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
