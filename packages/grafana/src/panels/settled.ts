import type { ProofContext } from '@platform/engine'
import type { Dashboard, PrometheusApi } from '@platform/panels'
import { metricsOf } from '@platform/panels/promql'
import { inParallel, type Proof, proveDashboards } from '@platform/panels/proof'
import type { Finding } from './judge.ts'
import { viewsAt } from './views.ts'

interface Settling {
  readonly context: Pick<ProofContext, 'signal'>
  readonly prometheus: PrometheusApi
  readonly judge: (proof: Proof) => readonly Finding[]
  readonly options: { readonly values: number; readonly together: number }
  /** How long series that are too young are waited for, in ms. */
  readonly limitMs: number
}

/**
 * Proves the dashboards. Some series begin with the first thing that they count, not with their target (Traefik's with its
 * first request): a dashboard that is silent for want of a second sample is asked again when there is one. Nothing else is.
 */
export async function proveSettled(boards: readonly Dashboard[], settling: Settling): Promise<Proof> {
  const { context, prometheus, judge, options, limitMs } = settling
  const prove = (some: readonly Dashboard[]) =>
    proveDashboards(prometheus, some, { ...viewsAt(Date.now() / 1000), ...options })
  const proof = await prove(boards)
  const silent = judge(proof).filter((finding) => finding.silent)
  const names = silent.flatMap(({ proved }) => metricsOf(proved.query.expr).map(({ name }) => name))
  const started = performance.now()
  let waited = false
  while (names.length && (await areYoung(prometheus, [...new Set(names)].filter(Boolean)))) {
    if (performance.now() - started > limitMs) return proof
    waited = true
    await new Promise((resolve) => setTimeout(resolve, 2000))
    context.signal.throwIfAborted()
  }
  if (!waited) return proof
  const uids = new Set(silent.map(({ dashboard }) => dashboard.uid))
  const again = await prove(boards.filter(({ uid }) => uids.has(uid)))
  const newer = new Map(again.dashboards.map((each) => [each.dashboard.uid, each]))
  const dashboards = proof.dashboards.map((each) => newer.get(each.dashboard.uid) ?? each)
  return { ...proof, dashboards, asked: proof.asked + again.asked, ms: proof.ms + again.ms }
}

/** Some of these metrics have series that are counted now and have fewer than three samples. */
async function areYoung(prometheus: PrometheusApi, names: readonly string[]): Promise<boolean> {
  const young = await inParallel(names, 8, async (name) => {
    // asked one by one: over several names the function would leave two series without anything to tell them apart
    const query = `count_over_time(${name}[2m]) < 3 and ${name}`
    const { result } = await prometheus.get<{ result: readonly unknown[] }>(`query?${new URLSearchParams({ query })}`)
    return result.length > 0
  })
  return young.some(Boolean)
}
