import { setTimeout as sleep } from 'node:timers/promises'
import type { Dashboard } from '@platform/panels'
import { metricsOf } from '@platform/panels/promql'
import { type Proof, proveDashboards } from '@platform/panels/proof'
import type { Finding } from './judge.ts'
import { viewsAt } from './views.ts'
import { type Asking, forRates, forRules, youngMetrics, youngPrometheus, youngTargets } from './young.ts'

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

/** Between two looks at targets. */
const lookMs = 1000
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
  let waitedMs = 0
  let waitedFor: readonly string[] = []
  const late = () => performance.now() - started > limitMs
  const wait = async (ms: number, young: readonly string[]) => {
    waitedFor = young
    await sleep(ms, undefined, { signal: context.signal })
    waitedMs += ms
  }
  // A whole round is for what can have rates at all.
  for (;;) {
    const young = await youngTargets({ ...settling, since: 0 }, forRates)
    if (!young.length || late()) break
    await wait(lookMs, young)
  }
  let proof = await prove(boards)
  for (;;) {
    const silent = judge(proof).filter((finding) => finding.silent)
    if (!silent.length || late()) break
    const young = await youngOf(silent, settling)
    if (!young.length) break
    await wait(pauseMs, young)
    const uids = new Set(silent.map(({ dashboard }) => dashboard.uid))
    proof = withNewer(proof, await prove(boards.filter(({ uid }) => uids.has(uid))))
  }
  return { proof, waitedMs, waitedFor }
}

async function youngOf(silent: readonly Finding[], asking: Asking): Promise<readonly string[]> {
  const names = silent.flatMap(({ proved }) => metricsOf(proved.query.expr).map(({ name }) => name))
  const [targets, metrics, isYoung] = await Promise.all([
    youngTargets(asking, forRules),
    youngMetrics(asking.prometheus, [...new Set(names)].filter(Boolean)),
    youngPrometheus(asking.prometheus),
  ])
  const all = [...targets, ...metrics]
  return all.length || !isYoung ? all : ['Prometheus, which has not measured for two minutes yet']
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
