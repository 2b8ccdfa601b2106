const everyMs = 4_000

/** Does some work that says nothing by itself, and says every few seconds that it goes on. */
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
