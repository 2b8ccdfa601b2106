import {
  bars,
  defineDashboard,
  graph,
  lines,
  namespaceVariable,
  podVariable,
  type QueryVariable,
  type Row,
  realContainers,
  share,
  stat,
  table,
  throttled,
  throttlingThresholds,
  utilization,
  volumeUsage,
  zeroThresholds,
} from '@platform/dashboards'

const container: QueryVariable = {
  name: 'container',
  label: 'Container',
  series: 'kube_pod_container_info{namespace=~"$namespace", pod=~"$pod"}',
}

const ofPod = 'namespace=~"$namespace", pod=~"$pod"'
const ofContainer = `${ofPod}, container=~"$container"`
const running = `${realContainers}, ${ofContainer}`
const legend = '{{pod}}/{{container}}'

/** Top 10 by pod and container, because a namespace can have hundreds. */
function top10(expression: string): string {
  return `topk(10, sum by (pod, container) (${expression}))`
}

function status(): Row {
  return {
    title: 'Status',
    panels: [
      stat({
        title: 'Pods',
        description: 'Number of selected pods.',
        unit: 'short',
        queries: [{ expr: `count(kube_pod_info{${ofPod}})` }],
      }),
      stat({
        title: 'Ready pods',
        description: 'Selected pods that are ready to receive traffic.',
        unit: 'short',
        queries: [{ expr: `sum(kube_pod_status_ready{condition="true", ${ofPod}})` }],
      }),
      stat({
        title: 'Container restarts (24h)',
        description: 'Container restarts in the selected pods within 24 hours.',
        unit: 'short',
        decimals: 0,
        queries: [{ expr: `sum(increase(kube_pod_container_status_restarts_total{${ofContainer}}[1d]))` }],
        thresholds: [
          { from: 1, color: 'orange' },
          { from: 5, color: 'red' },
        ],
      }),
      stat({
        title: 'Waiting containers',
        description: 'Containers that cannot start, as in ImagePullBackOff or CrashLoopBackOff.',
        unit: 'short',
        queries: [{ expr: `sum(kube_pod_container_status_waiting{${ofContainer}})` }],
        thresholds: zeroThresholds,
      }),
      stat({
        title: 'OOM kills (24h)',
        description:
          'Processes of the selected containers that the kernel killed because memory ran out, within 24 hours.',
        unit: 'short',
        decimals: 0,
        queries: [{ expr: `sum(increase(container_oom_events_total{${running}}[1d]))` }],
        thresholds: zeroThresholds,
      }),
      stat({
        title: 'Newest pod',
        description: 'Time since the newest of the selected pods started.',
        unit: 's',
        queries: [{ expr: `min(time() - kube_pod_start_time{${ofPod}})` }],
      }),
      table({
        title: 'Pod placement',
        description: 'Node, IP address and owner of each selected pod, at most 100.',
        unit: 'short',
        hide: ['Value'],
        queries: [
          {
            expr: `topk(100, max by (namespace, pod, node, pod_ip, created_by_kind, created_by_name) (kube_pod_info{${ofPod}}))`,
          },
        ],
      }),
    ],
  }
}

function cpu(): Row {
  return {
    title: 'CPU',
    panels: [
      graph({
        title: 'CPU usage by container',
        description: 'Cores in use, top 10 containers.',
        unit: 'short',
        min: 0,
        queries: [{ expr: top10(`rate(container_cpu_usage_seconds_total{${running}}[$__rate_interval])`), legend }],
      }),
      graph({
        title: 'CPU usage, requests and limits',
        description: 'Usage, requests and limits of all selected containers, in cores.',
        unit: 'short',
        min: 0,
        queries: [
          { expr: `sum(rate(container_cpu_usage_seconds_total{${running}}[$__rate_interval]))`, legend: 'used' },
          {
            expr: `sum(kube_pod_container_resource_requests{resource="cpu", ${ofContainer}})`,
            legend: 'requests',
          },
          { expr: `sum(kube_pod_container_resource_limits{resource="cpu", ${ofContainer}})`, legend: 'limits' },
        ],
      }),
      graph({
        title: 'CPU throttling',
        description: 'Share of the periods in which a container used up its CPU limit, top 10.',
        ...share,
        width: 24,
        queries: [{ expr: `topk(10, ${throttled(running, 'pod, container')})`, legend }],
        thresholds: throttlingThresholds,
      }),
    ],
  }
}

function memory(): Row {
  const limit = `sum by (pod, container) (kube_pod_container_resource_limits{resource="memory", ${ofContainer}})`
  return {
    title: 'Memory',
    panels: [
      graph({
        title: 'Memory usage by container',
        description: 'Working set, top 10 containers.',
        unit: 'bytes',
        min: 0,
        queries: [{ expr: top10(`container_memory_working_set_bytes{${running}}`), legend }],
      }),
      graph({
        title: 'Memory usage, requests and limits',
        description: 'Working set, requests and limits of all selected containers.',
        unit: 'bytes',
        min: 0,
        queries: [
          { expr: `sum(container_memory_working_set_bytes{${running}})`, legend: 'used' },
          {
            expr: `sum(kube_pod_container_resource_requests{resource="memory", ${ofContainer}})`,
            legend: 'requests',
          },
          { expr: `sum(kube_pod_container_resource_limits{resource="memory", ${ofContainer}})`, legend: 'limits' },
        ],
      }),
      bars({
        title: 'Memory usage (% of limit)',
        description: 'Working set as a share of the memory limit, top 10 containers.',
        ...utilization,
        queries: [
          {
            expr: `topk(10, sum by (pod, container) (container_memory_working_set_bytes{${running}}) / ${limit})`,
            legend,
          },
        ],
      }),
      graph({
        title: 'Memory by type',
        description: 'RSS, page cache and total usage of all selected containers.',
        unit: 'bytes',
        queries: lines((metric) => `sum(${metric}{${running}})`, {
          container_memory_rss: 'RSS',
          container_memory_cache: 'cache',
          container_memory_usage_bytes: 'usage',
        }),
      }),
    ],
  }
}

function network(): Row {
  const traffic = (metric: string) =>
    `topk(10, sum by (pod) (rate(${metric}{interface!="lo", ${ofPod}}[$__rate_interval])))`
  return {
    title: 'Network and volumes',
    panels: [
      graph({
        title: 'Network traffic',
        description:
          'Bytes per second received and sent, top 10 pods. Pods in the host network have no series of their own.',
        unit: 'Bps',
        queries: lines(traffic, {
          container_network_receive_bytes_total: '{{pod}} received',
          container_network_transmit_bytes_total: '{{pod}} sent',
        }),
      }),
      graph({
        title: 'Network errors and drops',
        description: 'Packets per second that the selected pods dropped or that had errors. Should be 0.',
        unit: 'pps',
        queries: (
          ['receive_packets_dropped', 'transmit_packets_dropped', 'receive_errors', 'transmit_errors'] as const
        ).map((kind) => ({
          expr: `sum(rate(container_network_${kind}_total{interface!="lo", ${ofPod}}[$__rate_interval]))`,
          legend: kind.replaceAll('_', ' '),
        })),
      }),
      bars({
        title: 'Persistent volume usage',
        description: 'Share in use of the persistent volumes in the selected namespaces (kubelet), top 10.',
        ...utilization,
        width: 24,
        queries: [{ expr: `topk(10, ${volumeUsage})`, legend: '{{namespace}}/{{persistentvolumeclaim}}' }],
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'pods',
  title: 'Pods',
  description: 'State, CPU, memory, network and volumes of single pods, compared with requests and limits.',
  tags: ['kubernetes'],
  variables: [namespaceVariable, podVariable, container],
  rows: [status(), cpu(), memory(), network()],
})
