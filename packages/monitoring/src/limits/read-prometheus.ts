import type { PrometheusClient, Sample } from '@platform/engine'
import type { Measured, Question } from './types.ts'

const key = 'namespace, pod, container'
const real = '{container!="",container!="POD"}'
const stated = (kind: 'limits' | 'requests', resource: string) =>
  `kube_pod_container_resource_${kind}{resource="${resource}"}`
const lastEnd = (kind: string) => `kube_pod_${kind}container_status_last_terminated_reason{reason="OOMKilled"}`

/** What Prometheus is asked; `window` is as far as it remembers. Specs are asked for as they are, each series by itself. */
export function questions(window: string): Readonly<Record<Question, string>> {
  const periods = (kind: string) => `sum by (${key}) (rate(container_cpu_cfs_${kind}_total${real}[5m]))`
  return {
    memoryLimit: `container_spec_memory_limit_bytes${real}`,
    cpuLimit: `container_spec_cpu_quota${real} / container_spec_cpu_period${real}`,
    statedMemoryLimit: stated('limits', 'memory'),
    statedCpuLimit: stated('limits', 'cpu'),
    statedMemoryRequest: stated('requests', 'memory'),
    statedCpuRequest: stated('requests', 'cpu'),
    restarts: 'kube_pod_container_status_restarts_total or kube_pod_init_container_status_restarts_total',
    memory: `max by (${key}) (container_memory_working_set_bytes${real})`,
    cpu: `sum by (${key}) (rate(container_cpu_usage_seconds_total${real}[5m]))`,
    peak: `max by (${key}) (max_over_time(container_memory_working_set_bytes${real}[${window}]))`,
    // The average of five minutes, every five minutes: by each scrape it would be asked of all that Prometheus has.
    peakCpu: `max_over_time(sum by (${key}) (rate(container_cpu_usage_seconds_total${real}[5m]))[${window}:5m])`,
    throttled: `${periods('throttled_periods')} / (${periods('periods')} > 0)`,
    lastTold: `max by (${key}) (timestamp(container_memory_working_set_bytes${real}) or timestamp(kube_pod_container_resource_limits))`,
    lastEndOom: ['', 'init_'].map(lastEnd).join(' or '),
    oomKills: `sum by (${key}) (container_oom_events_total${real})`,
  }
}

/** Asks all of it at once. */
export async function readMeasured(prometheus: Pick<PrometheusClient, 'query' | 'get'>): Promise<Measured> {
  const flags = await prometheus.get<Record<string, string>>('status/flags')
  const asked = Object.entries(questions(flags['storage.tsdb.retention.time'] || '15d'))
  const answers = await Promise.all(
    asked.map(async ([question, promql]) => [question, byContainer(await prometheus.query(promql))] as const),
  )
  return Object.fromEntries(answers) as unknown as Measured
}

/** Values by `namespace/pod/container`: more than one where there is more than one series. */
export function byContainer(samples: readonly Sample[]): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const { labels, value } of samples) {
    const name = `${labels.namespace}/${labels.pod}/${labels.container}`
    found.set(name, [...(found.get(name) ?? []), value])
  }
  return found
}
