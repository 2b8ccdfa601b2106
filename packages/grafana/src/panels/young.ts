import type { ProofContext } from '@platform/engine'
import type { PrometheusApi } from '@platform/panels'
import { inParallel } from '@platform/panels/proof'

interface Target {
  readonly labels: Readonly<Record<string, string>>
  readonly health: string
  readonly lastScrape: string
}

interface Answered {
  readonly result: readonly {
    readonly metric: Readonly<Record<string, string>>
    readonly value: readonly [number, string]
  }[]
}

interface Pod {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
}

/** A rate has a value from the second scrape on. */
export const forRates = 2
/** What a rule records of it comes one evaluation later. */
export const forRules = 3

/** What a system that has just come up has not measured yet. */
export interface Asking {
  readonly context: Pick<ProofContext, 'api' | 'signal'>
  readonly prometheus: PrometheusApi
  /** A target that was not scraped after this (in ms since 1970) may have something to tell that nobody knows of. 0: no matter. */
  readonly since: number
}

/**
 * What is scraped and was not often enough to have rates, or not since then. What is down is not waited for, nor what
 * verify makes for its own questions.
 *
 * @returns job and instance of each
 */
export async function youngTargets(
  { context: { api }, prometheus, since }: Asking,
  scrapes: number,
): Promise<readonly string[]> {
  const [{ activeTargets }, { result }, pods] = await Promise.all([
    prometheus.get<{ activeTargets: readonly Target[] }>('targets?state=active'),
    prometheus.get<Answered>(`query?${new URLSearchParams({ query: 'count_over_time(up[2m]) and up == 1' })}`),
    api.list<Pod>('/api/v1/pods'),
  ])
  const lasting = new Set(
    pods.flatMap(({ metadata: { name, labels = {} } }) => (labels['platform.local/made-by'] ? [] : [name])),
  )
  const lasts = ({ pod }: Readonly<Record<string, string>>) => pod === undefined || lasting.has(pod)
  const unasked = activeTargets.filter(
    ({ labels, health, lastScrape }) =>
      lasts(labels) && (health === 'unknown' || (health === 'up' && Date.parse(lastScrape) < since)),
  )
  const young = result.filter(({ metric, value }) => Number(value[1]) < scrapes && lasts(metric))
  const all = [...unasked.map(({ labels }) => labels), ...young.map(({ metric }) => metric)]
  return [...new Set(all.map(({ job, instance }) => `${job} ${instance}`))]
}

/** Those of these metrics that have series with too few samples: some begin with the first thing that they count. */
export async function youngMetrics(prometheus: PrometheusApi, names: readonly string[]): Promise<readonly string[]> {
  const found = await inParallel(names, 8, async (name) => {
    // Asked one by one: over several names the function would leave two series without anything to tell them apart.
    const query = `count_over_time(${name}[2m]) < ${forRules} and ${name}`
    const { result } = await prometheus.get<Answered>(`query?${new URLSearchParams({ query })}`)
    return result.length ? [name] : []
  })
  return found.flat()
}

/**
 * Whether Prometheus has measured for less than two minutes. Some series come late, a kubelet's of its volumes a minute
 * after the pod: of what is not there nobody can say yet that it will not be.
 */
export async function youngPrometheus(prometheus: PrometheusApi): Promise<boolean> {
  const query = 'absent(up offset 2m)'
  const { result } = await prometheus.get<Answered>(`query?${new URLSearchParams({ query })}`)
  return result.length > 0
}
