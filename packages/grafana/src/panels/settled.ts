import { setTimeout as sleep } from 'node:timers/promises'
import type { Dashboard } from '@platform/panels'
import { metricsOf } from '@platform/panels/promql'
import { type Proof, proveDashboards } from '@platform/panels/proof'
import type { Finding } from './judge.ts'
import { viewsAt } from './views.ts'
import { type Asking, youngMetrics, youngTargets } from './young.ts'

interface Settling extends Asking {
  readonly judge: (proof: Proof) => readonly Finding[]
  readonly options: { readonly values: number; readonly together: number }
  /** How long what is too young is waited for, in ms. */
  readonly limitMs: number
}

/** A proof, and what it waited for. */
export interface SettledProof {
  readonly proof: Proof
  /** In ms, between its rounds. */
  readonly waitedMs: number
  /** What was young last: targets, then metrics. */
  readonly waitedFor: readonly string[]
}

/** Between two rounds: several for each scrape, and none that keeps Grafana from answering others. */
const pauseMs = 3000

/**
 * Proves the dashboards. One that is silent is asked again as long as something that it asks for is too young to have a
 * rate; nothing else is waited for, and what has shown something is not asked again.
 */
export async function proveSettled(boards: readonly Dashboard[], settling: Settling): Promise<SettledProof> {
  const { context, prometheus, judge, options, limitMs } = settling
  const prove = (some: readonly Dashboard[]) =>
    proveDashboards(prometheus, some, { ...viewsAt(Date.now() / 1000), ...options })
  const started = performance.now()
  let proof = await prove(boards)
  let waitedMs = 0
  let waitedFor: readonly string[] = []
  for (;;) {
    const silent = judge(proof).filter((finding) => finding.silent)
    if (!silent.length || performance.now() - started > limitMs) break
    const young = await youngOf(silent, settling)
    if (!young.length) break
    waitedFor = young
    const began = performance.now()
    await sleep(pauseMs, undefined, { signal: context.signal })
    waitedMs += performance.now() - began
    const uids = new Set(silent.map(({ dashboard }) => dashboard.uid))
    proof = withNewer(proof, await prove(boards.filter(({ uid }) => uids.has(uid))))
  }
  return { proof, waitedMs, waitedFor }
}

async function youngOf(silent: readonly Finding[], asking: Asking): Promise<readonly string[]> {
  const names = silent.flatMap(({ proved }) => metricsOf(proved.query.expr).map(({ name }) => name))
  const [targets, metrics] = await Promise.all([
    youngTargets(asking),
    youngMetrics(asking.prometheus, [...new Set(names)].filter(Boolean)),
  ])
  return [...targets, ...metrics]
}

function withNewer(proof: Proof, again: Proof): Proof {
  const newer = new Map(again.dashboards.map((each) => [each.dashboard.uid, each]))
  return {
    ...proof,
    dashboards: proof.dashboards.map((each) => newer.get(each.dashboard.uid) ?? each),
    asked: proof.asked + again.asked,
    ms: proof.ms + again.ms,
  }
}
