import type { ProofContext } from '@platform/engine'
import type { PrometheusApi } from '@platform/panels'

interface Target {
  readonly labels: Readonly<Record<string, string>>
  readonly health: string
}

interface Answered {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>
    readonly value: readonly [number, string]
  }[]
}

/** A rate has a value from the second scrape on; the third is for what is computed from others' samples. */
const scrapes = 3

interface Pod {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
}

/**
 * A system that has just come up has no rates: waits until everything that Prometheus scrapes was scraped often enough,
 * for so long at most. What is down is not waited for, and nothing is asked that would be asked again.
 *
 * @returns how long it waited, in ms, and for whom last
 */
export async function afterFirstScrapes(
  context: Pick<ProofContext, 'api' | 'signal'>,
  prometheus: PrometheusApi,
  limitMs: number,
): Promise<{ readonly ms: number; readonly last: readonly string[] }> {
  const started = performance.now()
  let last: readonly string[] = []
  for (;;) {
    const young = await youngTargets(context, prometheus)
    const ms = performance.now() - started
    if (!young.length || ms > limitMs) return { ms, last }
    last = young
    await new Promise((resolve) => setTimeout(resolve, 1000))
    context.signal.throwIfAborted()
  }
}

async function youngTargets({ api }: Pick<ProofContext, 'api'>, prometheus: PrometheusApi): Promise<readonly string[]> {
  const [{ activeTargets }, { result }, pods] = await Promise.all([
    prometheus.get<{ activeTargets: readonly Target[] }>('targets?state=active'),
    prometheus.get<Answered>(`query?${new URLSearchParams({ query: 'count_over_time(up[2m]) and up == 1' })}`),
    api.list<Pod>('/api/v1/pods'),
  ])
  // What verify makes for its own questions comes and goes, and so does what is gone already.
  const lasting = new Set(
    pods.flatMap(({ metadata: { name, labels = {} } }) => (labels['platform.local/made-by'] ? [] : [name])),
  )
  const lasts = ({ pod }: Readonly<Record<string, string>>) => pod === undefined || lasting.has(pod)
  const unasked = activeTargets.filter(({ labels, health }) => health === 'unknown' && lasts(labels))
  const young = result.filter(({ metric, value }) => Number(value[1]) < scrapes && lasts(metric))
  return [...unasked.map(({ labels }) => labels), ...young.map(({ metric }) => metric)].map(
    ({ job, instance }) => `${job} ${instance}`,
  )
}
