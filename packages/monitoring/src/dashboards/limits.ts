import {
  bars,
  containerVariable,
  defineDashboard,
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
  throttlingThresholds,
  usageThresholds,
  utilization,
  zeroThresholds,
} from '@platform/dashboards'

/** Preselects MySQL, the example of the guide. */
const container: QueryVariable = { ...containerVariable, first: 'mysql-release' }

const selected = 'namespace=~"$namespace", container=~"$container"'
const running = `${realContainers}, ${selected}`
const by = 'by (namespace, pod, container)'
const legend = '{{pod}}/{{container}}'

/** The 20 largest series of a cAdvisor metric, by container. */
const cadvisor = (metric: string) => `topk(20, max ${by} (${metric}{${running}}))`

/** Requests or limits of the spec, from kube-state-metrics. */
const spec = (kind: 'requests' | 'limits', resource: string) =>
  `topk(20, max ${by} (kube_pod_container_resource_${kind}{resource="${resource}", ${selected}}))`

const cpuUsed = `sum ${by} (rate(container_cpu_usage_seconds_total{${running}}[$__rate_interval]))`
const cpuAllowed = `max ${by} (container_spec_cpu_quota{${running}} / container_spec_cpu_period{${running}})`
const memoryLimit = `max ${by} (container_spec_memory_limit_bytes{${running}} > 0)`

function overview(): Row {
  return {
    title: 'All containers of the selected namespaces',
    panels: [
      stat({
        title: 'Highest memory usage (% of limit)',
        description: 'Largest working set as a share of its limit, over all containers of the selected namespaces.',
        unit: 'percentunit',
        width: 6,
        queries: [
          {
            expr: `max(container_memory_working_set_bytes{${realContainers}, namespace=~"$namespace"} / (container_spec_memory_limit_bytes{${realContainers}, namespace=~"$namespace"} > 0))`,
          },
        ],
        thresholds: usageThresholds,
      }),
      stat({
        title: 'Containers without memory limit',
        description: 'Containers that can use all memory of their node.',
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
        title: 'Containers without CPU limit',
        description: 'Containers that can use all free cores of their node. Some have no limit on purpose.',
        unit: 'short',
        width: 6,
        queries: [
          {
            expr: `count(kube_pod_container_info{namespace=~"$namespace"} unless on (namespace, pod, container) kube_pod_container_resource_limits{resource="cpu"}) or vector(0)`,
          },
        ],
      }),
      stat({
        title: 'OOM kills (24h)',
        description: 'Processes that the kernel killed because their container reached its memory limit.',
        unit: 'short',
        width: 6,
        decimals: 0,
        queries: [
          { expr: `sum(increase(container_oom_events_total{${realContainers}, namespace=~"$namespace"}[1d]))` },
        ],
        thresholds: zeroThresholds,
      }),
    ],
  }
}

function memory(): Row {
  return {
    title: 'Memory',
    panels: [
      graph({
        title: 'Memory usage vs. limit',
        description:
          'container_memory_usage_bytes (includes the page cache) and container_spec_memory_limit_bytes (0: no limit).',
        unit: 'bytes',
        min: 0,
        queries: lines(cadvisor, {
          container_memory_usage_bytes: `${legend} usage`,
          container_spec_memory_limit_bytes: `${legend} limit`,
        }),
      }),
      graph({
        title: 'Memory working set vs. limit',
        description: 'Working set (memory that cannot be reclaimed; the kubelet evicts by it), peak usage and limit.',
        unit: 'bytes',
        min: 0,
        queries: lines(cadvisor, {
          container_memory_working_set_bytes: `${legend} working set`,
          container_memory_max_usage_bytes: `${legend} peak`,
          container_spec_memory_limit_bytes: `${legend} limit`,
        }),
      }),
      graph({
        title: 'Memory reservation',
        description:
          'Soft limit (container_spec_memory_reservation_limit_bytes): 0 unless a runtime sets it, which Kubernetes does not. The memory request is shown for comparison.',
        unit: 'bytes',
        min: 0,
        queries: [
          { expr: cadvisor('container_spec_memory_reservation_limit_bytes'), legend: `${legend} reservation` },
          { expr: spec('requests', 'memory'), legend: `${legend} request` },
        ],
      }),
      bars({
        title: 'Memory usage (% of limit)',
        description: 'Working set as a share of the limit. The check limits-headroom notes 90 % and above.',
        ...utilization,
        queries: [
          { expr: `topk(20, max ${by} (container_memory_working_set_bytes{${running}}) / ${memoryLimit})`, legend },
        ],
      }),
      graph({
        title: 'Memory limit hits (failcnt)',
        description:
          'Allocations per second that hit the memory limit, so that the kernel had to reclaim memory first.',
        unit: 'ops',
        queries: [
          { expr: `topk(20, sum ${by} (rate(container_memory_failcnt{${running}}[$__rate_interval])))`, legend },
        ],
      }),
      graph({
        title: 'OOM kills',
        description:
          'Processes killed by the kernel within an hour, and containers whose last termination was an OOM kill.',
        unit: 'short',
        min: 0,
        queries: [
          {
            expr: `topk(20, sum ${by} (increase(container_oom_events_total{${running}}[1h])))`,
            legend: `${legend} kills`,
          },
          {
            expr: `sum(kube_pod_container_status_last_terminated_reason{reason="OOMKilled", ${selected}}) or vector(0)`,
            legend: 'last terminated by OOM kill',
          },
        ],
        thresholds: zeroThresholds,
      }),
    ],
  }
}

function cpu(): Row {
  return {
    title: 'CPU',
    panels: [
      graph({
        title: 'CPU usage vs. limit (quota / period)',
        description:
          'Cores in use and cores allowed (container_spec_cpu_quota / container_spec_cpu_period). Without a quota there is no line.',
        unit: 'cores',
        min: 0,
        queries: [
          { expr: `topk(20, ${cpuUsed})`, legend: `${legend} used` },
          { expr: `topk(20, ${cpuAllowed})`, legend: `${legend} allowed` },
        ],
      }),
      graph({
        title: 'CPU quota and period',
        description: 'CPU time that the kernel allows (quota) in each period, which is 100 ms by default.',
        unit: 's',
        min: 0,
        queries: [
          { expr: `${cadvisor('container_spec_cpu_quota')} / 1e6`, legend: `${legend} quota` },
          { expr: `${cadvisor('container_spec_cpu_period')} / 1e6`, legend: `${legend} period` },
        ],
      }),
      bars({
        title: 'CPU usage (% of limit)',
        description: 'Cores in use as a share of the CPU limit.',
        ...utilization,
        queries: [{ expr: `topk(20, ${cpuUsed} / ${cpuAllowed})`, legend }],
      }),
      graph({
        title: 'CPU throttling (% of periods)',
        description: 'Share of the periods in which the container used up its CPU quota and was throttled.',
        ...share,
        queries: [{ expr: `topk(20, ${throttled(running, 'namespace, pod, container')})`, legend }],
        thresholds: throttlingThresholds,
      }),
      graph({
        title: 'CPU throttled time',
        description: 'Seconds of throttling per second, summed over all threads.',
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

function specRow(): Row {
  return {
    title: 'Spec from the API server (kube-state-metrics)',
    panels: [
      table({
        title: 'Requests and limits',
        description: 'Requests and limits of each container according to its spec, and its usage.',
        unit: 'short',
        queries: [
          { expr: spec('requests', 'cpu'), column: 'CPU request' },
          { expr: spec('limits', 'cpu'), column: 'CPU limit' },
          { expr: `topk(20, ${cpuUsed})`, column: 'CPU used' },
          { expr: spec('requests', 'memory'), column: 'Memory request', unit: 'bytes' },
          { expr: spec('limits', 'memory'), column: 'Memory limit', unit: 'bytes' },
          { expr: cadvisor('container_memory_working_set_bytes'), column: 'Memory used', unit: 'bytes' },
        ],
      }),
      stat({
        title: 'Memory limit mismatches',
        description:
          'Containers whose memory limit in the spec differs from the one that the kernel enforces. Should be 0.',
        unit: 'short',
        width: 12,
        queries: [
          {
            expr: `count(max ${by} (kube_pod_container_resource_limits{resource="memory", ${selected}}) != on (namespace, pod, container) max ${by} (container_spec_memory_limit_bytes{${running}})) or vector(0)`,
          },
        ],
        thresholds: zeroThresholds,
      }),
      stat({
        title: 'CPU limit mismatches',
        description:
          'Containers whose CPU limit in the spec differs from the quota that the kernel enforces. Should be 0.',
        unit: 'short',
        width: 12,
        queries: [
          {
            expr: `count(abs(max ${by} (kube_pod_container_resource_limits{resource="cpu", ${selected}}) - on (namespace, pod, container) ${cpuAllowed}) > 0.005) or vector(0)`,
          },
        ],
        thresholds: zeroThresholds,
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'limits',
  title: 'Kubernetes limits',
  description: 'Requests, limits and usage of containers, as seen by the kernel and by the API server.',
  tags: ['kubernetes', 'capacity'],
  variables: [namespaceVariable, container],
  rows: [overview(), memory(), cpu(), specRow()],
})
