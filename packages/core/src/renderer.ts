import type { Environment } from './environment.ts'
import { type Emit, type PlatformEvent, withoutCredentialsIn } from './events.ts'
import { formatDuration, formatEvent } from './format.ts'
import { styleText, wantsColor } from './style.ts'

/** What a renderer needs of a stream; `process.stderr` has it. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** Shows events to a person while they happen. */
export interface Renderer {
  show(task: string, event: PlatformEvent): void
  /** Takes away what is not to stay. */
  end(): void
}

/**
 * A terminal gets lines that stay for what is done and lines at the bottom for what goes on; anything else (a pipe, CI,
 * NO_COLOR, a dumb terminal) gets plain lines in order.
 */
export function createRenderer(
  screen: Screen,
  env: Environment,
  now: () => number = () => performance.now(),
): Renderer {
  return wantsColor(screen, env) ? liveRenderer(screen, now) : plainRenderer(screen)
}

/** An `Emit` that shows events on stderr: for a command that does its work in its own process. */
export function stderrEmit(env: Environment, task = ''): { readonly emit: Emit; readonly end: () => void } {
  const renderer = createRenderer(process.stderr, env)
  return { emit: (event) => renderer.show(task, withoutCredentialsIn(event)), end: () => renderer.end() }
}

function plainRenderer(screen: Screen): Renderer {
  return {
    show: (task, event) => screen.write(`${formatEvent(task, event, false)}\n`),
    end: () => {},
  }
}

interface Active {
  readonly task: string
  readonly step: string
  readonly since: number
  message: string
}

function liveRenderer(screen: Screen, now: () => number): Renderer {
  const active = new Map<string, Active>()
  let drawn = 0
  let timer: NodeJS.Timeout | undefined

  const erase = () => {
    if (drawn) screen.write(`\u001b[${drawn}A\u001b[0J`)
    drawn = 0
  }
  const draw = () => {
    const width = (screen.columns ?? 80) - 1
    const lines = [...active.values()].map(({ task, step, since, message }) => {
      const text = [task, '▸', step, formatDuration(now() - since), message].filter(Boolean).join(' ')
      return styleText('dim', text.length > width ? `${text.slice(0, width - 1)}…` : text, true)
    })
    if (lines.length) screen.write(`${lines.join('\n')}\n`)
    drawn = lines.length
  }
  const redraw = () => {
    erase()
    draw()
  }

  return {
    show(task, event) {
      erase()
      if (event.type === 'notice') screen.write(`${formatEvent(task, event, true)}\n`)
      else {
        const key = `${task}\n${event.step}`
        const known = active.get(key)
        if (event.type === 'step.started') active.set(key, { task, step: event.step, since: now(), message: '' })
        else if (event.type === 'step.progress') {
          if (known) known.message = event.message
        } else {
          active.delete(key)
          screen.write(`${formatEvent(task, event, true)}\n`)
        }
      }
      draw()
      if (active.size && !timer) timer = setInterval(redraw, 250).unref()
      if (!active.size && timer) timer = void clearInterval(timer)
    },
    end() {
      clearInterval(timer)
      erase()
    },
  }
}
