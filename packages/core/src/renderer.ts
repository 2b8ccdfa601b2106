import type { Environment } from './environment.ts'
import { type Emit, withoutCredentialsIn } from './events.ts'
import { formatEvent } from './format.ts'
import type { Screen } from './live-block.ts'
import { createLiveRenderer, type LiveOptions, type Renderer } from './live-renderer.ts'
import { wantsColor } from './style.ts'

export type { Screen } from './live-block.ts'

/**
 * A terminal gets a live block; anything else (a pipe, CI, NO_COLOR, a dumb terminal, `--json`) gets plain lines.
 */
export function createRenderer(screen: Screen, env: Environment, options: LiveOptions = {}): Renderer {
  return isLive(screen, env) ? createLiveRenderer(screen, options) : plainRenderer(screen)
}

/** `--json` means that a program calls; its stderr may still be a terminal. */
export function isLive(screen: Screen, env: Environment, words: readonly string[] = process.argv): boolean {
  const inCi = Boolean(env.CI) && env.CI !== 'false' && env.CI !== '0'
  return wantsColor(screen, env) && !inCi && !words.includes('--json')
}

/** An `Emit` that shows events on stderr, for commands that run no tasks. */
export function stderrEmit(env: Environment, task = ''): { readonly emit: Emit; readonly end: () => void } {
  const renderer = createRenderer(process.stderr, env)
  return { emit: (event) => renderer.show(task, withoutCredentialsIn(event)), end: () => renderer.end() }
}

function plainRenderer(screen: Screen): Renderer {
  return {
    show: (task, event) => screen.write(`${formatEvent(task, event, false)}\n`),
    taskStarted: () => {},
    taskEnded: () => {},
    end: () => {},
  }
}
