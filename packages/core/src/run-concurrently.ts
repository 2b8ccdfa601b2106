import { anySignal } from './any-signal.ts'

/**
 * Runs functions concurrently. When one fails, the others are aborted and awaited. Then the first error is thrown, not one
 * that the abort caused.
 */
export async function runConcurrently(
  signal: AbortSignal | undefined,
  works: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const stop = new AbortController()
  const both = anySignal(signal, stop.signal)
  let first: { error: unknown } | undefined
  await Promise.all(
    works.map(async (work) => {
      try {
        await work(both)
      } catch (error) {
        first ??= { error }
        stop.abort()
      }
    }),
  )
  if (first) throw first.error
}
