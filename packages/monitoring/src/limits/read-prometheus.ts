import type { PrometheusClient, Sample } from '@platform/engine'
import type { Measured, QueryName } from './types.ts'

const key = 'namespace, pod, container'
const real = '{container!="",container!="POD"}'
const resources = (kind: 'limits' | 'requests', resource: string) =>
  `kube_pod_container_resource_${kind}{resource="${resource}"}`
const lastTermination = (kind: string) => `kube_pod_${kind}container_status_last_terminated_reason{reason="OOMKilled"}`

/**
 * The queries; `window` is the retention time. Requests and limits are not aggregated, so that duplicate series are found.
 */
export function queriesFor(window: string): Readonly<Record<QueryName, string>> {
  const periods = (kind: string) => `sum by (${key}) (rate(container_cpu_cfs_${kind}_total${real}[5m]))`
  return {
    memoryLimit: `container_spec_memory_limit_bytes${real}`,
    cpuLimit: `container_spec_cpu_quota${real} / container_spec_cpu_period${real}`,
    ksmMemoryLimit: resources('limits', 'memory'),
    ksmCpuLimit: resources('limits', 'cpu'),
    ksmMemoryRequest: resources('requests', 'memory'),
    ksmCpuRequest: resources('requests', 'cpu'),
    restarts: 'kube_pod_container_status_restarts_total or kube_pod_init_container_status_restarts_total',
    memory: `max by (${key}) (container_memory_working_set_bytes${real})`,
    cpu: `sum by (${key}) (rate(container_cpu_usage_seconds_total${real}[5m]))`,
    peak: `max by (${key}) (max_over_time(container_memory_working_set_bytes${real}[${window}]))`,
    // Averages over five minutes in steps of five minutes: a step per scrape would be expensive over the whole retention.
    peakCpu: `max_over_time(sum by (${key}) (rate(container_cpu_usage_seconds_total${real}[5m]))[${window}:5m])`,
    throttled: `${periods('throttled_periods')} / (${periods('periods')} > 0)`,
    lastSampleTime: `max by (${key}) (timestamp(container_memory_working_set_bytes${real}) or timestamp(kube_pod_container_resource_limits))`,
    lastTerminationOom: ['', 'init_'].map(lastTermination).join(' or '),
    oomKills: `sum by (${key}) (container_oom_events_total${real})`,
  }
}

/** Runs all queries concurrently. */
export async function readMeasured(prometheus: Pick<PrometheusClient, 'query' | 'get'>): Promise<Measured> {
  const flags = await prometheus.get<Record<string, string>>('status/flags')
  const all = Object.entries(queriesFor(flags['storage.tsdb.retention.time'] || '15d'))
  const results = await Promise.all(
    all.map(async ([query, promql]) => [query, byContainer(await prometheus.query(promql))] as const),
  )
  return Object.fromEntries(results) as unknown as Measured
}

/** Values by `namespace/pod/container`, with one value for each series. */
export function byContainer(samples: readonly Sample[]): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const { labels, value } of samples) {
    const name = `${labels.namespace}/${labels.pod}/${labels.container}`
    found.set(name, [...(found.get(name) ?? []), value])
  }
  return found
}
