import { withoutCredentials } from './without-credentials.ts'

/**
 * Progress of a running verb. A task appends its events to a file in the run directory, one JSON document per line. The
 * front script, or the task itself when it runs alone, shows them on stderr.
 */
export type PlatformEvent =
  /** A step started: number `n` of `of`, if the number of steps is known. */
  | { readonly type: 'step.started'; readonly step: string; readonly n?: number; readonly of?: number }
  /** A heartbeat: what the step does or waits for now. Comes every few seconds. */
  | { readonly type: 'step.progress'; readonly step: string; readonly message: string }
  /** A step succeeded after `ms` milliseconds. */
  | { readonly type: 'step.done'; readonly step: string; readonly ms: number; readonly detail?: string }
  | { readonly type: 'step.failed'; readonly step: string; readonly ms: number; readonly message: string }
  /** Information or a warning, and what to do about it. */
  | { readonly type: 'notice'; readonly level: 'info' | 'warn'; readonly message: string; readonly hint?: string }

/** Receives events. */
export type Emit = (event: PlatformEvent) => void

/**
 * Runs `work` as a step and emits started, progress, and done or failed with the duration.
 *
 * @param detail describes the result in the done event
 */
export async function step<T>(
  emit: Emit,
  name: string,
  work: (progress: (message: string) => void) => Promise<T>,
  { n, of, detail }: { n?: number; of?: number; detail?: (result: T) => string | undefined } = {},
): Promise<T> {
  const started = performance.now()
  const ms = () => Math.round(performance.now() - started)
  emit({ type: 'step.started', step: name, n, of })
  try {
    const result = await work((message) => emit({ type: 'step.progress', step: name, message }))
    emit({ type: 'step.done', step: name, ms: ms(), detail: detail?.(result) })
    return result
  } catch (error) {
    const message = withoutCredentials(error instanceof Error ? error.message : String(error))
    emit({ type: 'step.failed', step: name, ms: ms(), message })
    throw error
  }
}

/** Redacts credentials in all texts of an event: settings and the output of programs may contain URLs with passwords. */
export function withoutCredentialsIn(event: PlatformEvent): PlatformEvent {
  const redacted = Object.entries(event).map(([key, value]) => [
    key,
    typeof value === 'string' ? withoutCredentials(value) : value,
  ])
  return Object.fromEntries(redacted) as PlatformEvent
}
