import { dirname } from 'node:path'
import { environment, loadSettings, systemRunner } from '@platform/core'
import type { Component } from '../../src/component/component.ts'
import { loadDrills } from '../../src/drill/load-drills.ts'
import { runRound } from '../../src/drill/run-round.ts'
import { openSession } from '../../src/session/session.ts'
import { componentUnit } from '../../src/unit.ts'
import { checksOf, loadChecks, verifyComponent } from '../../src/verify/verify.ts'

/** A process that verifies or drills a component: tests kill it. Events and the end go to stdout, as JSON. */
const [verb, file = ''] = process.argv.slice(2)
const say = (document: object) => void process.stdout.write(`${JSON.stringify(document)}\n`)
const stop = new AbortController()
process.on('SIGINT', () => stop.abort('SIGINT'))
const { component: found } = (await import(file)) as { component: Component }
const component = { ...found, directory: dirname(dirname(file)) }
const settings = loadSettings({ env: environment() })
if (verb === 'verify') {
  const context = { settings, runner: systemRunner, emit: say, signal: stop.signal }
  say({ type: 'result', checks: await verifyComponent(context, component) })
} else {
  const context = { settings, runner: systemRunner, emit: say, signal: new AbortController().signal }
  const session = await openSession(context)
  const prepareChecks = () => checksOf(context, component, session)
  const progress = (message: string) => say({ type: 'step.progress', step: 'drill', message })
  const work = {
    component,
    unit: componentUnit(component),
    session,
    context,
    stop: stop.signal,
    prepareChecks,
    emit: say,
    progress,
  }
  const mutations = (await loadDrills(component)).filter((drill) => drill.kind === 'mutation')
  const checks = (await loadChecks(component)).map(({ id }) => ({ id, dependsOn: [component.name] }))
  const placed = mutations.map((mutation) => ({ ...mutation, changes: [component.name] }))
  say({ type: 'result', drills: await runRound(work, placed, checks) })
}
process.exit(0)
