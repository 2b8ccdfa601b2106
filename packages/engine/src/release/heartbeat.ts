const everyMs = 4_000

/** Runs work that reports nothing by itself, with a progress line every few seconds. */
export async function withHeartbeat<T>(
  progress: (message: string) => void,
  message: string,
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now()
  const timer = setInterval(() => {
    progress(`${message}, ${Math.round((performance.now() - started) / 1000)} s`)
  }, everyMs)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
