import { setTimeout as sleep } from 'node:timers/promises'

const intervalMs = 300

/**
 * Asks again and again until there is an answer.
 *
 * @param what is waited for, as it stands in the error: "the pod is Ready"
 * @param ask answers undefined or false while it is not so; what it throws is kept for the error
 * @param explain is asked for the reason once time is up
 */
export async function eventually<T>(
  what: string,
  limitMs: number,
  ask: () => Promise<T | undefined | false>,
  explain: () => Promise<string> = async () => '',
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
      const why = [last, await explain()].filter(Boolean).join('\n')
      throw new Error(`waited ${limitMs / 1000} s for this: ${what}\n${why}`)
    }
    await sleep(intervalMs)
  }
}
