import type { Component, PrometheusClient } from '@platform/engine'
import { type ContractMetric, usersOf } from './build.ts'
import { ANY_JOB, type Need, type Ownership, RULES } from './types.ts'

type Labels = Readonly<Record<string, string>>
type Client = Pick<PrometheusClient, 'get'>

/** The series of some metrics in Prometheus, and the metrics that its targets know. */
export interface LiveMetrics {
  /** The labels of the series, by metric name. */
  readonly series: ReadonlyMap<string, readonly Labels[]>
  /** Metrics with metadata, with or without series. */
  readonly known: ReadonlySet<string>
}

/** Queries the current series of these metrics in batches. Series that are missing from the last scrape do not count. */
export async function readLiveMetrics(
  prometheus: Client,
  names: readonly string[],
  now = Date.now(),
): Promise<LiveMetrics> {
  const [metadata, ...parts] = await Promise.all([
    prometheus.get<Readonly<Record<string, unknown>>>('metadata'),
    ...batches([...new Set(names)], 40).map((part) => {
      const query = new URLSearchParams({
        query: `{__name__=~"${part.join('|')}"}`,
        time: String(Math.floor(now / 1000)),
      })
      return prometheus.get<{ result: readonly { metric: Labels }[] }>(`query?${query}`)
    }),
  ])
  const series = new Map<string, Labels[]>()
  for (const { metric: labels } of parts.flatMap(({ result }) => result)) {
    const name = labels.__name__ ?? ''
    series.set(name, [...(series.get(name) ?? []), labels])
  }
  return { series, known: new Set(Object.keys(metadata)) }
}

function batches<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size))
}

/** The metrics and labels of the contract that Prometheus lacks, and what needs them. Pure. */
export function missingFrom(
  { series, known }: LiveMetrics,
  metrics: readonly ContractMetric[],
  needs: readonly Need[],
): string[] {
  return metrics.flatMap((one) => {
    const of = `${one.name}${one.job ? ` of job ${one.job}` : ''}`
    const found = (series.get(one.name) ?? []).filter(({ job }) => one.job === undefined || job === one.job)
    if (!found.length) {
      if (one.seldom && isKnown(known, one.name)) return []
      return [`${one.component}: ${of} is missing${neededBy(usersOf(needs, one))}`]
    }
    const absent = one.labels.filter((label) => !found.some((labels) => labels[label] !== undefined))
    return absent.map(
      (label) => `${one.component}: the label ${label} of ${of} is missing${neededBy(usersOf(needs, one, label))}`,
    )
  })
}

function neededBy(users: readonly string[]): string {
  return users.length ? `, needed by ${users.join(', ')}` : ''
}

/** The metadata of a histogram has its name without the suffixes of its series. */
function isKnown(known: ReadonlySet<string>, name: string): boolean {
  return known.has(name) || known.has(name.replace(/_(bucket|sum|count|total)$/, ''))
}

interface Target {
  readonly labels: Labels
  readonly discoveredLabels: Labels
}

/**
 * The job of each metric in Prometheus, and the component whose Service the job scrapes. Jobs without a Service of the
 * platform belong to the component that scrapes them.
 */
export async function liveOwnership(
  prometheus: Client,
  needs: readonly Need[],
  { components, now }: { readonly components: readonly Component[]; readonly now?: number },
): Promise<Ownership> {
  const names = needs.map(({ name }) => name)
  const [live, { activeTargets }, rules] = await Promise.all([
    readLiveMetrics(prometheus, names, now),
    prometheus.get<{ activeTargets: Target[] }>('targets?state=active'),
    prometheus.get<{ groups: { rules: { name: string; type: string }[] }[] }>('rules'),
  ])
  const recorded = new Set(rules.groups.flatMap((group) => group.rules.map(({ name }) => name)))
  const scraper = components.find(({ provides }) => provides?.prometheus)?.name ?? ''
  const owners = new Map<string, string>([ANY_JOB, RULES].map((job) => [job, scraper]))
  for (const { labels, discoveredLabels } of activeTargets) {
    const release = discoveredLabels.__meta_kubernetes_service_label_app_kubernetes_io_instance
    const namespace = discoveredLabels.__meta_kubernetes_namespace
    const owner = components.find((each) => each.release === release && each.namespace === namespace)
    owners.set(labels.job ?? '', owner?.name ?? scraper)
  }
  const jobs = new Map<string, string>()
  const seldom = new Set<string>()
  for (const name of names) {
    const found = [...new Set((live.series.get(name) ?? []).map(({ job }) => job ?? ''))]
    if (recorded.has(name) || /^ALERTS(_FOR_STATE)?$/.test(name)) jobs.set(name, RULES)
    else if (found.length === 1 && found[0]) jobs.set(name, found[0])
    else if (found.length) jobs.set(name, ANY_JOB)
    else if (isKnown(live.known, name)) {
      seldom.add(name)
      jobs.set(name, await jobByMetadata(prometheus, name))
    }
  }
  return { jobs, owners, seldom }
}

async function jobByMetadata(prometheus: Client, name: string): Promise<string> {
  const candidates = [name, name.replace(/_(bucket|sum|count|total)$/, '')]
  for (const metric of candidates) {
    const found = await prometheus.get<{ target: Labels }[]>(`targets/metadata?metric=${metric}`)
    const jobs = [...new Set(found.map(({ target }) => target.job ?? ''))]
    if (jobs.length) return jobs.length === 1 ? (jobs[0] ?? ANY_JOB) : ANY_JOB
  }
  return ANY_JOB
}
