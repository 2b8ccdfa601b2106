import { setMaxListeners } from 'node:events'

/** Aborts as soon as one of the signals does; those that are undefined never do. */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  const either = new AbortController()
  // Many commands may listen at the same time, and none of them for long.
  setMaxListeners(0, either.signal)
  for (const signal of signals) {
    if (signal) setMaxListeners(0, signal)
    if (signal?.aborted) either.abort(signal.reason)
    signal?.addEventListener('abort', () => either.abort(signal.reason), { once: true })
  }
  return either.signal
}
