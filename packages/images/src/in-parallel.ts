/**
 * Does something with each item, a few at a time. After a failure nothing new begins, and what runs is waited for.
 *
 * @returns the results in the order of the items
 */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  { limit, signal }: { limit: number; signal?: AbortSignal },
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  let failed: { error: unknown } | undefined
  const worker = async () => {
    while (next < items.length && !failed) {
      const i = next++
      try {
        signal?.throwIfAborted()
        results[i] = await work(items[i] as T)
      } catch (error) {
        failed ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  if (failed) throw failed.error
  return results
}
