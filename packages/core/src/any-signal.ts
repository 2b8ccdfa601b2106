import { setMaxListeners } from 'node:events'

/** A signal that aborts as soon as one of the given signals aborts. */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  const either = new AbortController()
  // Many commands may listen at the same time, each only for a short time: no warning is due.
  setMaxListeners(0, either.signal)
  for (const signal of signals) {
    if (signal) setMaxListeners(0, signal)
    if (signal?.aborted) either.abort(signal.reason)
    signal?.addEventListener('abort', () => either.abort(signal.reason), { once: true })
  }
  return either.signal
}
