import { setTimeout as sleep } from 'node:timers/promises'
import type { ActiveFault, Fault } from '../component/drill.ts'
import type { PrometheusClient, ProofContext } from '../component/proof-context.ts'
import { type DrillResult, type DrillWork, messageOf, since, withContext } from './work.ts'

export interface FaultTimeouts {
  readonly firesWithinMs: number
  readonly resolvesWithinMs: number
  /** For creating the fault. */
  readonly makeMs: number
  readonly everyMs: number
}

const defaultTimeouts: FaultTimeouts = {
  firesWithinMs: 240_000,
  resolvesWithinMs: 180_000,
  makeMs: 120_000,
  everyMs: 1000,
}

type Work = Pick<DrillWork, 'component' | 'context' | 'session' | 'stop' | 'progress'>

/** Creates a fault, waits for its alert, reverts the fault, waits until the alert resolves. Never throws. */
export async function runFault(
  work: Work,
  fault: Fault,
  timeouts: FaultTimeouts = defaultTimeouts,
): Promise<DrillResult> {
  const started = performance.now()
  const { id, name, kind, alert } = fault
  const result = await executeFault(work, fault, timeouts)
  return { component: work.component.name, id, name, kind, expected: alert, ...result, ms: since(started) }
}

type FaultOutcome = Pick<DrillResult, 'outcome' | 'caughtBy' | 'detectedMs' | 'recoveredMs' | 'message'>

async function executeFault(work: Work, fault: Fault, timeouts: FaultTimeouts): Promise<FaultOutcome> {
  const { context, stop, progress } = work
  if (stop.aborted) return { outcome: 'skipped', message: 'interrupted' }
  const { alert, firesWithinMs = timeouts.firesWithinMs, resolvesWithinMs = timeouts.resolvesWithinMs } = fault
  const problems: string[] = []
  const addProblem = (error: unknown) => {
    problems.push(messageOf(error))
    return undefined
  }
  let active: ActiveFault | undefined
  let detectedMs: number | undefined
  // Not the user's signal, because the fault is reverted after a Ctrl-C too.
  await withContext(work, context.signal, timeouts.makeMs + firesWithinMs + timeouts.makeMs, async (proof) => {
    try {
      active = await unlessStopped(stop, fault.break(proof))
      progress(`fault created; waiting for ${alert} to fire`)
      const { labels } = active
      detectedMs = await unlessStopped(
        stop,
        waitForAlert(proof, { alert, labels, firing: true, withinMs: firesWithinMs }, timeouts),
      )
    } catch (error) {
      addProblem(error)
    } finally {
      await active?.undo?.().catch(addProblem)
    }
  }).catch(addProblem)
  let recoveredMs: number | undefined
  const { labels } = active ?? {}
  if (labels && detectedMs !== undefined && !stop.aborted) {
    progress(`fault reverted; waiting for ${alert} to resolve`)
    const state = { alert, labels, firing: false, withinMs: resolvesWithinMs }
    const ended = (proof: ProofContext) => unlessStopped(stop, waitForAlert(proof, state, timeouts))
    recoveredMs = await withContext(work, context.signal, timeouts.makeMs + resolvesWithinMs, ended).catch(addProblem)
  }
  const observed = detectedMs === undefined ? {} : { caughtBy: alert, detectedMs, recoveredMs }
  return { outcome: problems.length ? 'failed' : 'passed', ...observed, message: problems.join('; ') || undefined }
}

interface WantedState {
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly firing: boolean
  readonly withinMs: number
}

/** Polls Prometheus until the alert fires or has resolved. Returns how long that took, in ms. */
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
      // The fault may also disturb Prometheus. Only the timeout decides.
      queryError = `: ${messageOf(error)}`
    }
    await sleep(everyMs, undefined, { signal: proof.signal })
  }
  const states = await statesOf(prometheus, alertSelector(alert, labels))
  throw new Error(
    `${alertSelector(alert, labels)} ${firing ? 'does not fire' : 'has not resolved'} within ${withinMs / 1000} s (state: ${states})${queryError}`,
  )
}

async function statesOf(prometheus: PrometheusClient, selector: string): Promise<string> {
  const found = await prometheus.query(selector).catch(() => [])
  return found.map(({ labels }) => labels.alertstate).join(', ') || 'inactive'
}

/** Selects the ALERTS series of a pending or firing alert. Pure. */
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
