import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, MadeFault } from '../component/drill.ts'
import type { PrometheusClient, ProofContext } from '../component/proof-context.ts'
import { type DrillResult, type DrillWork, messageOf, since, withContext } from './work.ts'

export interface FaultTimeouts {
  readonly firesWithinMs: number
  readonly resolvesWithinMs: number
  /** For making the fault. */
  readonly makeMs: number
  readonly everyMs: number
}

const defaultTimeouts: FaultTimeouts = { firesWithinMs: 240_000, resolvesWithinMs: 180_000, makeMs: 120_000, everyMs: 1000 }

type Work = Pick<DrillWork, 'component' | 'context' | 'session' | 'stop' | 'progress'>

/** Makes a fault, waits for its alert, takes it back, waits until the alert has resolved. Never throws. */
export async function runFault(work: Work, fault: Fault, given: FaultTimeouts = defaultTimeouts): Promise<DrillResult> {
  const started = performance.now()
  const { id, name, kind, alert } = fault
  const told = await executeFault(work, fault, given)
  return { component: work.component.name, id, name, kind, expected: alert, ...told, ms: since(started) }
}

type FaultOutcome = Pick<DrillResult, 'outcome' | 'caughtBy' | 'detectedMs' | 'recoveredMs' | 'message'>

async function executeFault(work: Work, fault: Fault, given: FaultTimeouts): Promise<FaultOutcome> {
  const { context, stop, progress } = work
  if (stop.aborted) return { outcome: 'skipped', message: 'interrupted' }
  const { alert, firesWithinMs = given.firesWithinMs, resolvesWithinMs = given.resolvesWithinMs } = fault
  const problems: string[] = []
  const note = (error: unknown) => {
    problems.push(messageOf(error))
    return undefined
  }
  let made: MadeFault | undefined
  let detectedMs: number | undefined
  // The signal is not the user's: what was made is taken back after a Ctrl-C too.
  await withContext(work, context.signal, given.makeMs + firesWithinMs + given.makeMs, async (proof) => {
    try {
      made = await unlessStopped(stop, fault.break(proof))
      progress(`made; waiting for ${alert} to fire`)
      const { labels } = made
      detectedMs = await unlessStopped(
        stop,
        waitForAlert(proof, { alert, labels, firing: true, withinMs: firesWithinMs }, given),
      )
    } catch (error) {
      note(error)
    } finally {
      await made?.undo?.().catch(note)
    }
  }).catch(note)
  let recoveredMs: number | undefined
  const { labels } = made ?? {}
  if (labels && detectedMs !== undefined && !stop.aborted) {
    progress(`taken back; waiting for ${alert} to resolve`)
    const state = { alert, labels, firing: false, withinMs: resolvesWithinMs }
    const ended = (proof: ProofContext) => unlessStopped(stop, waitForAlert(proof, state, given))
    recoveredMs = await withContext(work, context.signal, given.makeMs + resolvesWithinMs, ended).catch(note)
  }
  const seen = detectedMs === undefined ? {} : { caughtBy: alert, detectedMs, recoveredMs }
  return { outcome: problems.length ? 'failed' : 'passed', ...seen, message: problems.join('; ') || undefined }
}

interface WantedState {
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly firing: boolean
  readonly withinMs: number
}

/** Asks Prometheus until the alert fires, or does not any more; returns how long that took, in ms. */
async function waitForAlert(
  proof: ProofContext,
  { alert, labels, firing, withinMs }: WantedState,
  { everyMs }: FaultTimeouts,
): Promise<number> {
  const started = performance.now()
  const prometheus = await proof.prometheus()
  const firingNow = alertSelector(alert, { ...labels, alertstate: 'firing' })
  let queryError = ''
  while (performance.now() - started < withinMs) {
    proof.signal.throwIfAborted()
    try {
      if ((await prometheus.query(firingNow)).length > 0 === firing) return since(started)
      queryError = ''
    } catch (error) {
      // Of a fault that hinders this question too; its end is what decides.
      queryError = `: ${messageOf(error)}`
    }
    await sleep(everyMs, undefined, { signal: proof.signal })
  }
  const states = await statesOf(prometheus, alertSelector(alert, labels))
  throw new Error(
    `${alertSelector(alert, labels)} ${firing ? 'does not fire' : 'has not resolved'} within ${withinMs / 1000} s (it is ${states})${queryError}`,
  )
}

async function statesOf(prometheus: PrometheusClient, selector: string): Promise<string> {
  const found = await prometheus.query(selector).catch(() => [])
  return found.map(({ labels }) => labels.alertstate).join(', ') || 'inactive'
}

/** The series that Prometheus keeps of an alert that is pending or fires. Pure. */
export function alertSelector(alert: string, labels: Readonly<Record<string, string>>): string {
  const all = { alertname: alert, ...labels }
  return `ALERTS{${Object.entries(all)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(', ')}}`
}

function unlessStopped<T>(stop: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const interrupted = () => reject(new Error('interrupted'))
    if (stop.aborted) interrupted()
    stop.addEventListener('abort', interrupted, { once: true })
    work.then(resolve, reject).finally(() => stop.removeEventListener('abort', interrupted))
  })
}
