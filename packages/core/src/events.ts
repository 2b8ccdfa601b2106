import { withoutCredentials } from './without-credentials.ts'

/**
 * What happens while a verb runs, one object each. A task appends them to its file in the run directory, one JSON
 * document a line; the front script, or the task itself when it runs alone, shows them on stderr.
 */
export type PlatformEvent =
  /** A step began. `n` of `of` where the number of steps is known. */
  | { readonly type: 'step.started'; readonly step: string; readonly n?: number; readonly of?: number }
  /** A step goes on: what it waits for or does now, in a few words. Never silent for more than a few seconds. */
  | { readonly type: 'step.progress'; readonly step: string; readonly message: string }
  /** A step ended well after `ms` milliseconds. */
  | { readonly type: 'step.done'; readonly step: string; readonly ms: number; readonly detail?: string }
  | { readonly type: 'step.failed'; readonly step: string; readonly ms: number; readonly message: string }
  /** Something that the user should know, and what to do about it. */
  | { readonly type: 'notice'; readonly level: 'info' | 'warn'; readonly message: string; readonly hint?: string }

/** Takes events. Whoever makes them does not know where they go. */
export type Emit = (event: PlatformEvent) => void

/**
 * Runs `work` as a step: started, done or failed, with the time it took.
 *
 * @param work may return `{ detail }` to say what came of it
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

/** An event as it may be shown and kept: what programs and settings say of URLs is part of many a text. */
export function withoutCredentialsIn(event: PlatformEvent): PlatformEvent {
  const shown = Object.entries(event).map(([key, value]) => [
    key,
    typeof value === 'string' ? withoutCredentials(value) : value,
  ])
  return Object.fromEntries(shown) as PlatformEvent
}
