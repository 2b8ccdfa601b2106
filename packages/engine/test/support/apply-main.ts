import { environment, loadSettings, systemRunner } from '@platform/core'
import type { Component } from '../../src/component/component.ts'

/** A process that brings a component up or down, as a task does: tests kill it. Events and the end go to stdout, as JSON. */
const [verb, file = '', purge] = process.argv.slice(2)
const say = (document: object) => void process.stdout.write(`${JSON.stringify(document)}\n`)
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort('SIGTERM'))
const { component } = (await import(file)) as { component: Component }
const settings = loadSettings({ env: environment() })
const context = { settings, runner: systemRunner, emit: say, signal: stop.signal }
try {
  if (verb === 'up') {
    const { applyComponent } = await import('../../src/apply/apply.ts')
    say({ type: 'result', ...(await applyComponent(context, component)) })
  } else {
    const { removeComponent } = await import('../../src/down/remove.ts')
    say({ type: 'result', ...(await removeComponent(context, component, { purge: purge === 'purge' })) })
  }
  process.exit(0)
} catch (error) {
  const { code, message, hint, stack } = error as { code?: string; message: string; hint?: string; stack?: string }
  say({ type: 'error', code, message, hint, stack })
  process.exit(1)
}
