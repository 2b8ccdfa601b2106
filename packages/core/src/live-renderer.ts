import type { PlatformEvent } from './events.ts'
import { formatDuration, formatEvent } from './format.ts'
import { createLiveBlock, oneLine, type Screen } from './live-block.ts'
import { styleText } from './style.ts'

/** Shows events as they happen. */
export interface Renderer {
  show(task: string, event: PlatformEvent): void
  /** A task's process runs; it may have no events yet. */
  taskStarted(task: string): void
  /** A task has written its result and is finished. */
  taskEnded(task: string, result: { readonly done: boolean; readonly ms: number }): void
  /** Removes the live block. */
  end(): void
}

/** How often elapsed times are updated, in ms. */
const tickMs = 250

interface Step {
  readonly name: string
  readonly since: number
  readonly count: string
  message: string
}

interface Task {
  readonly since: number
  /** Active steps, the outermost first. */
  readonly steps: Map<string, Step>
}

export interface LiveOptions {
  /** All tasks, in the order of their lines. */
  readonly tasks?: readonly string[]
  readonly now?: () => number
}

/**
 * Shows one line per task: its current steps and the elapsed time. Notices, failed steps and one line per finished task are
 * printed above and stay. A command without tasks has one line per step instead, which stays when the step is done.
 */
export function createLiveRenderer(screen: Screen, options: LiveOptions = {}): Renderer {
  const { tasks = [], now = () => performance.now() } = options
  const block = createLiveBlock(screen)
  const active = new Map<string, Task>()
  const ended = new Set<string>()
  let timer: NodeJS.Timeout | undefined

  const lineOf = (name: string, width: number): string[] => {
    const task = active.get(name)
    if (task && tasks.includes(name)) return [taskLine(name.padEnd(width), task, now())]
    if (task) return stepLines(name, task, now())
    return ended.has(name) ? [] : [styleText('dim', `${name.padEnd(width)} · waiting`, true)]
  }
  const draw = (above = '') => {
    const width = Math.max(0, ...tasks.map((name) => name.length))
    const lines = [...new Set([...tasks, ...active.keys()])].flatMap((name) => lineOf(name, width))
    if (lines.length) block.draw(lines, above)
    else {
      block.end()
      if (above) screen.write(above)
    }
    if (active.size && !timer) timer = setInterval(() => draw(), tickMs).unref()
    if (!active.size && timer) timer = void clearInterval(timer)
  }
  const begin = (name: string): Task => {
    const task = active.get(name) ?? { since: now(), steps: new Map<string, Step>() }
    if (!ended.has(name)) active.set(name, task)
    return task
  }

  return {
    show(name, event) {
      const task = begin(name)
      follow(task, event, now())
      const listed = tasks.includes(name)
      // A command without tasks has nothing to show between two steps.
      if (!listed && !task.steps.size) active.delete(name)
      const stays = event.type === 'notice' || event.type === 'step.failed' || (event.type === 'step.done' && !listed)
      draw(stays ? `${formatEvent(name, event, true)}\n` : '')
    },
    taskStarted(name) {
      if (active.has(name) || ended.has(name)) return
      begin(name)
      draw()
    },
    taskEnded(name, { done, ms }) {
      if (ended.has(name)) return
      ended.add(name)
      active.delete(name)
      const mark = done ? styleText('green', '✓', true) : styleText('red', '✗', true)
      draw(`${mark} ${styleText('bold', name, true)} ${styleText('dim', formatDuration(ms), true)}\n`)
    },
    end() {
      clearInterval(timer)
      block.end()
    },
  }
}

function follow({ steps }: Task, event: PlatformEvent, now: number): void {
  if (event.type === 'step.started') {
    const count = event.of === undefined ? '' : ` (${event.n} of ${event.of})`
    steps.set(event.step, { name: oneLine(event.step), since: now, count, message: '' })
  } else if (event.type === 'step.progress') {
    const step = steps.get(event.step)
    if (step) step.message = oneLine(event.message)
  } else if (event.type !== 'notice') steps.delete(event.step)
}

function taskLine(name: string, { since, steps }: Task, now: number): string {
  const text = [...steps.values()].map(stepText).join(' · ')
  return `${styleText('bold', name, true)} ${styleText('cyan', '▸', true)} ${elapsed(since, now)}${text && ` ${text}`}`
}

function stepLines(name: string, { steps }: Task, now: number): string[] {
  const prefix = name && `${styleText('bold', name, true)} `
  return [...steps.values()].map(
    (step) => `${prefix}${styleText('cyan', '▸', true)} ${elapsed(step.since, now)} ${stepText(step)}`,
  )
}

function stepText({ name, count, message }: Step): string {
  return `${name}${count}${message && `: ${message}`}`
}

/** Has a constant width up to ten minutes, so that the rest of the line does not move. */
function elapsed(since: number, now: number): string {
  return styleText('dim', formatDuration(Math.max(0, now - since)).padStart(5), true)
}
