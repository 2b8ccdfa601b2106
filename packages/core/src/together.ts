import { anySignal } from './any-signal.ts'

/**
 * Runs several works at once. When one fails the others are told to end and are waited for; then its error is thrown,
 * not one of those that ended because of it.
 */
export async function together(
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
