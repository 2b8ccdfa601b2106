import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineUnit, environment, PlatformError, step, type UnitContext, usageError } from '../src/index.ts'

/**
 * The unit of the chain's fixture, copied there under several names. PROBE_<name> sets its behaviour: `fail`, `usage`,
 * `bug`, `crash` (no result), `hang` (until a signal), `noise` (writes to stdout), `refuse` (fails in `plan`). Default: it
 * succeeds. Its actions are appended to PROBE_LOG.
 */
const name = 'PROBE_NAME'
const behaviour = () => environment()[`PROBE_${name}`]

function log(text: string): void {
  const file = environment().PROBE_LOG
  if (file) appendFileSync(file, `${name} ${text}\n`)
}

const stateFile = ({ settings }: UnitContext) => join(settings.clusterDir, `${name}.up`)

async function act(verb: string, context: UnitContext): Promise<void> {
  log(`${verb} begins`)
  await step(context.emit, `${verb} ${name}`, async (progress) => {
    progress('looking around')
    switch (behaviour()) {
      case 'fail':
        throw new PlatformError('PROBE_FAILED', `${name} failed as configured`, { hint: 'true' })
      case 'usage':
        throw usageError('PROBE_USAGE', `${name} has a wrong setting`)
      case 'bug':
        throw new TypeError(`${name} has a bug`)
      case 'crash':
        console.error(`last output of ${name}`)
        process.kill(process.pid, 'SIGKILL')
        break
      case 'noise':
        console.log(`${name} is noisy on stdout`)
        break
      case 'hang':
        await new Promise((_, reject) => {
          const alive = setInterval(() => progress('still here'), 200)
          context.signal.addEventListener('abort', () => {
            clearInterval(alive)
            // Longer than turbo's grace period: a task may take its time to clean up.
            setTimeout(() => {
              log(`${verb} cleaned up after ${context.signal.reason}`)
              reject(new Error('aborted'))
            }, 1500)
          })
          log(`${verb} hangs in ${process.pid}`)
        })
    }
  })
  log(`${verb} ends`)
}

export const unit = defineUnit({
  name,
  async plan(context, intent) {
    if (behaviour() === 'refuse') throw usageError('PROBE_REFUSED', `${name} refuses to plan`, 'true')
    const isUp = existsSync(stateFile(context))
    const state = isUp ? 'up' : 'down'
    if (isUp === (intent.verb === 'up')) return { state, steps: [] }
    return { state, steps: [{ action: isUp ? 'stop' : 'start', subject: name, commands: [['touch', 'a file']] }] }
  },
  async up(context) {
    await act('up', context)
    mkdirSync(context.settings.clusterDir, { recursive: true })
    writeFileSync(stateFile(context), '')
    return { summary: `${name} is up`, data: { name } }
  },
  async down(context, { purge }) {
    await act(purge ? 'purge' : 'down', context)
    rmSync(stateFile(context), { force: true })
    return { summary: `${name} is down` }
  },
  async verify(context) {
    await act('verify', context)
    const ok = existsSync(stateFile(context))
    return [
      {
        name: 'the state file exists',
        outcome: ok ? 'passed' : 'failed',
        ms: 1,
        message: ok ? 'found' : 'no <file>',
        hint: 'pnpm up all',
      },
      { name: 'always passes', outcome: 'passed', ms: 0 },
    ]
  },
})
