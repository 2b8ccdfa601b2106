/** Does some work for each, so many at a time at most; the results stand in the order of what they are for. */
export async function inParallel<T, R>(
  items: readonly T[],
  together: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async () => {
    for (let n = next++; n < items.length; n = next++) results[n] = await work(items[n] as T)
  }
  await Promise.all(Array.from({ length: Math.min(together, items.length) }, worker))
  return results
}
