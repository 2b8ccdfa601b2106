import {
  anyIsBad,
  bars,
  containerVariable,
  defineDashboard,
  filling,
  fillingUp,
  graph,
  lines,
  namespaceVariable,
  type QueryVariable,
  type Row,
  realContainers,
  share,
  stat,
  table,
  throttled,
  waitingIsBad,
} from '@platform/dashboards'

/** The guide's own example is chosen at first: MySQL. Choose All to see whatever has limits. */
const container: QueryVariable = { ...containerVariable, first: 'mysql-release' }

const chosen = 'namespace=~"$namespace", container=~"$container"'
const running = `${realContainers}, ${chosen}`
const by = 'by (namespace, pod, container)'
const legend = '{{pod}}/{{container}}'

/** A series of cAdvisor by container: twenty at most. */
const seen = (metric: string) => `topk(20, max ${by} (${metric}{${running}}))`

/** What the spec says, as kube-state-metrics tells it. */
const spec = (kind: 'requests' | 'limits', resource: string) =>
  `topk(20, max ${by} (kube_pod_container_resource_${kind}{resource="${resource}", ${chosen}}))`

const cpuUsed = `sum ${by} (rate(container_cpu_usage_seconds_total{${running}}[$__rate_interval]))`
const cpuAllowed = `max ${by} (container_spec_cpu_quota{${running}} / container_spec_cpu_period{${running}})`
const memoryLimit = `max ${by} (container_spec_memory_limit_bytes{${running}} > 0)`

function worst(): Row {
  return {
    title: 'All containers of the chosen namespaces',
    panels: [
      stat({
        title: 'Nearest to its memory limit',
        description: 'The largest working set as a share of its limit, whatever container is chosen.',
        unit: 'percentunit',
        width: 6,
        queries: [
          {
            expr: `max(container_memory_working_set_bytes{${realContainers}, namespace=~"$namespace"} / (container_spec_memory_limit_bytes{${realContainers}, namespace=~"$namespace"} > 0))`,
          },
        ],
        thresholds: filling,
      }),
      stat({
        title: 'Without a memory limit',
        description: 'Containers that may take all memory of their node.',
        unit: 'short',
        width: 6,
        queries: [
          {
            expr: `count(kube_pod_container_info{namespace=~"$namespace"} unless on (namespace, pod, container) kube_pod_container_resource_limits{resource="memory"}) or vector(0)`,
          },
        ],
        thresholds: [{ from: 1, color: 'orange' }],
      }),
      stat({
        title: 'Without a CPU limit',
        description: 'Containers that may take all free cores of their node: some leave it out on purpose.',
        unit: 'short',
        width: 6,
        queries: [
          {
            expr: `count(kube_pod_container_info{namespace=~"$namespace"} unless on (namespace, pod, container) kube_pod_container_resource_limits{resource="cpu"}) or vector(0)`,
          },
        ],
      }),
      stat({
        title: 'OOM kills within a day',
        description: 'Processes that the kernel ended because their container had reached its memory limit.',
        unit: 'short',
        width: 6,
        decimals: 0,
        queries: [
          { expr: `sum(increase(container_oom_events_total{${realContainers}, namespace=~"$namespace"}[1d]))` },
        ],
        thresholds: anyIsBad,
      }),
    ],
  }
}

function memory(): Row {
  return {
    title: 'Memory',
    panels: [
      graph({
        title: 'Memory usage against the limit',
        description:
          "The guide's pair: container_memory_usage_bytes (page cache included) and container_spec_memory_limit_bytes (0: no limit).",
        unit: 'bytes',
        min: 0,
        queries: lines(seen, {
          container_memory_usage_bytes: `${legend} usage`,
          container_spec_memory_limit_bytes: `${legend} limit`,
        }),
      }),
      graph({
        title: 'Working set against the limit',
        description:
          'What can not be taken back (the kubelet evicts by it), the largest usage ever seen, and the limit.',
        unit: 'bytes',
        min: 0,
        queries: lines(seen, {
          container_memory_working_set_bytes: `${legend} working set`,
          container_memory_max_usage_bytes: `${legend} peak`,
          container_spec_memory_limit_bytes: `${legend} limit`,
        }),
      }),
      graph({
        title: 'Memory reservation',
        description:
          'container_spec_memory_reservation_limit_bytes, the soft limit: 0 unless a runtime sets one, as Kubernetes does not. The request, which Kubernetes places pods by, stands beside it.',
        unit: 'bytes',
        min: 0,
        queries: [
          { expr: seen('container_spec_memory_reservation_limit_bytes'), legend: `${legend} reservation` },
          { expr: spec('requests', 'memory'), legend: `${legend} request` },
        ],
      }),
      bars({
        title: 'Share of the memory limit',
        description: 'Working set as a share of the limit: 90 % is reported by the proof of limits.',
        ...fillingUp,
        queries: [
          { expr: `topk(20, max ${by} (container_memory_working_set_bytes{${running}}) / ${memoryLimit})`, legend },
        ],
      }),
      graph({
        title: 'Limit reached',
        description: 'How often a second a container asked for memory at its limit and had to give some back first.',
        unit: 'ops',
        queries: [
          { expr: `topk(20, sum ${by} (rate(container_memory_failcnt{${running}}[$__rate_interval])))`, legend },
        ],
      }),
      graph({
        title: 'OOM kills',
        description: 'Processes that the kernel ended within an hour, and containers whose last end was such a kill.',
        unit: 'short',
        min: 0,
        queries: [
          {
            expr: `topk(20, sum ${by} (increase(container_oom_events_total{${running}}[1h])))`,
            legend: `${legend} kills`,
          },
          {
            expr: `sum(kube_pod_container_status_last_terminated_reason{reason="OOMKilled", ${chosen}}) or vector(0)`,
            legend: 'last ended so',
          },
        ],
        thresholds: anyIsBad,
      }),
    ],
  }
}

function cpu(): Row {
  return {
    title: 'CPU',
    panels: [
      graph({
        title: 'CPU against quota and period',
        description:
          'Cores in use, and cores allowed: container_spec_cpu_quota by container_spec_cpu_period. No quota, no line.',
        unit: 'cores',
        min: 0,
        queries: [
          { expr: `topk(20, ${cpuUsed})`, legend: `${legend} used` },
          { expr: `topk(20, ${cpuAllowed})`, legend: `${legend} allowed` },
        ],
      }),
      graph({
        title: 'Quota and period',
        description: 'What the kernel was given: so much time of CPU in each period of so long (100 ms as a rule).',
        unit: 's',
        min: 0,
        queries: [
          { expr: `${seen('container_spec_cpu_quota')} / 1e6`, legend: `${legend} quota` },
          { expr: `${seen('container_spec_cpu_period')} / 1e6`, legend: `${legend} period` },
        ],
      }),
      bars({
        title: 'Share of the CPU limit',
        description: 'Cores in use as a share of those allowed.',
        ...fillingUp,
        queries: [{ expr: `topk(20, ${cpuUsed} / ${cpuAllowed})`, legend }],
      }),
      graph({
        title: 'Throttled periods',
        description: 'Share of the periods in which the container had used up its quota and had to wait.',
        ...share,
        queries: [{ expr: `topk(20, ${throttled(running, 'namespace, pod, container')})`, legend }],
        thresholds: waitingIsBad,
      }),
      graph({
        title: 'Time lost to throttling',
        description: 'Seconds of waiting for the next period, each second, all threads together.',
        unit: 's',
        width: 24,
        queries: [
          {
            expr: `topk(20, sum ${by} (rate(container_cpu_cfs_throttled_seconds_total{${running}}[$__rate_interval])))`,
            legend,
          },
        ],
      }),
    ],
  }
}

function fromTheSpec(): Row {
  return {
    title: 'As the API server has them (kube-state-metrics)',
    panels: [
      table({
        title: 'Requests and limits',
        description: 'Of each container: what the spec requests and allows, beside what it uses.',
        unit: 'short',
        queries: [
          { expr: spec('requests', 'cpu'), column: 'CPU request' },
          { expr: spec('limits', 'cpu'), column: 'CPU limit' },
          { expr: `topk(20, ${cpuUsed})`, column: 'CPU used' },
          { expr: spec('requests', 'memory'), column: 'Memory request', unit: 'bytes' },
          { expr: spec('limits', 'memory'), column: 'Memory limit', unit: 'bytes' },
          { expr: seen('container_memory_working_set_bytes'), column: 'Memory used', unit: 'bytes' },
        ],
      }),
      stat({
        title: 'Memory limits that disagree',
        description: 'Containers whose limit in the spec is not the one that the kernel enforces: should be 0.',
        unit: 'short',
        width: 12,
        queries: [
          {
            expr: `count(max ${by} (kube_pod_container_resource_limits{resource="memory", ${chosen}}) != on (namespace, pod, container) max ${by} (container_spec_memory_limit_bytes{${running}})) or vector(0)`,
          },
        ],
        thresholds: anyIsBad,
      }),
      stat({
        title: 'CPU limits that disagree',
        description: 'Containers whose limit in the spec is not the quota that the kernel enforces: should be 0.',
        unit: 'short',
        width: 12,
        queries: [
          {
            expr: `count(abs(max ${by} (kube_pod_container_resource_limits{resource="cpu", ${chosen}}) - on (namespace, pod, container) ${cpuAllowed}) > 0.005) or vector(0)`,
          },
        ],
        thresholds: anyIsBad,
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'limits',
  title: 'Kubernetes limits',
  description: 'Requests and limits of containers against what they use, from the kernel and from the API server.',
  tags: ['kubernetes', 'capacity'],
  variables: [namespaceVariable, container],
  rows: [worst(), memory(), cpu(), fromTheSpec()],
})
