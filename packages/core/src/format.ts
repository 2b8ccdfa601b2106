import type { PlatformEvent } from './events.ts'
import { styleText } from './style.ts'

type Formatters = {
  readonly [T in PlatformEvent['type']]: (event: Extract<PlatformEvent, { type: T }>, color: boolean) => string
}

/** Formats each event as one or more lines, without the task's name. */
const formatters: Formatters = {
  'step.started': ({ step, n, of }, color) =>
    `${styleText('cyan', '▸', color)} ${step}${of === undefined ? '' : styleText('dim', ` (${n} of ${of})`, color)}`,
  'step.progress': ({ step, message }, color) => styleText('dim', `· ${step}: ${message}`, color),
  'step.done': ({ step, ms, detail }, color) =>
    `${styleText('green', '✓', color)} ${step} ${styleText('dim', formatDuration(ms), color)}${detail ? ` ${detail}` : ''}`,
  'step.failed': ({ step, ms, message }, color) =>
    `${styleText('red', '✗', color)} ${step} ${styleText('dim', formatDuration(ms), color)} ${message}`,
  notice: ({ level, message, hint }, color) => {
    const mark = level === 'warn' ? styleText('yellow', '!', color) : styleText('dim', 'i', color)
    return `${mark} ${message}${hint ? `\n  hint: ${hint}` : ''}`
  },
}

/**
 * Formats an event for people. Every line begins with the task's name, because tasks run concurrently.
 */
export function formatEvent(task: string, event: PlatformEvent, color: boolean): string {
  const format = formatters[event.type] as (event: PlatformEvent, color: boolean) => string
  const prefix = task ? `${styleText('bold', task, color)} ` : ''
  return format(event, color)
    .split('\n')
    .map((line) => prefix + line)
    .join('\n')
}

/** `0.4s`, `12.3s`, `2m05s`. */
export function formatDuration(ms: number): string {
  const tenths = Math.round(ms / 100)
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`
}
