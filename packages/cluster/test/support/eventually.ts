import { setTimeout as sleep } from 'node:timers/promises'

export interface EventuallyOptions {
  /** Is asked for the reason once time is up. */
  readonly explain?: () => Promise<string>
  /** Between two questions, in ms. */
  readonly intervalMs?: number
}

/**
 * Asks again and again until there is an answer.
 *
 * @param what is waited for, as it stands in the error: "the pod is Ready"
 * @param ask answers undefined or false while it is not so; what it throws is kept for the error
 */
export async function eventually<T>(
  what: string,
  limitMs: number,
  ask: () => Promise<T | undefined | false>,
  { explain, intervalMs = 300 }: EventuallyOptions = {},
): Promise<T> {
  const started = performance.now()
  for (;;) {
    let last = ''
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      last = error instanceof Error ? error.message : String(error)
    }
    if (performance.now() - started > limitMs) {
      const waited = `waited ${limitMs / 1000} s for this: ${what}`
      throw new Error([waited, last, await explain?.()].filter(Boolean).join('\n'))
    }
    await sleep(intervalMs)
  }
}
