import {
  anyIsBad,
  bars,
  defineDashboard,
  fillingUp,
  fullnessOfVolumes,
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
  waitingIsBad,
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

/** By pod and container, the ten with most: a namespace can have hundreds. */
function most(expression: string): string {
  return `topk(10, sum by (pod, container) (${expression}))`
}

function state(): Row {
  return {
    title: 'State',
    panels: [
      stat({
        title: 'Pods',
        description: 'Pods that are chosen.',
        unit: 'short',
        queries: [{ expr: `count(kube_pod_info{${ofPod}})` }],
      }),
      stat({
        title: 'Pods ready',
        description: 'Chosen pods that are ready to be called.',
        unit: 'short',
        queries: [{ expr: `sum(kube_pod_status_ready{condition="true", ${ofPod}})` }],
      }),
      stat({
        title: 'Restarts within a day',
        description: 'How often containers of the chosen pods were started again within 24 hours.',
        unit: 'short',
        decimals: 0,
        queries: [{ expr: `sum(increase(kube_pod_container_status_restarts_total{${ofContainer}}[1d]))` }],
        thresholds: [
          { from: 1, color: 'orange' },
          { from: 5, color: 'red' },
        ],
      }),
      stat({
        title: 'Containers that wait',
        description: 'Containers that are not started: an image that can not be had, a crash loop.',
        unit: 'short',
        queries: [{ expr: `sum(kube_pod_container_status_waiting{${ofContainer}})` }],
        thresholds: anyIsBad,
      }),
      stat({
        title: 'OOM kills within a day',
        description: 'Processes of the chosen containers that the kernel ended for want of memory, within 24 hours.',
        unit: 'short',
        decimals: 0,
        queries: [{ expr: `sum(increase(container_oom_events_total{${running}}[1d]))` }],
        thresholds: anyIsBad,
      }),
      stat({
        title: 'Youngest pod',
        description: 'Time since the last of the chosen pods was started.',
        unit: 's',
        queries: [{ expr: `min(time() - kube_pod_start_time{${ofPod}})` }],
      }),
      table({
        title: 'Pods and where they are',
        description: 'Node, address and owner of each chosen pod; 100 at most.',
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
        title: 'CPU by container',
        description: 'Cores in use: the ten containers with most.',
        unit: 'short',
        min: 0,
        queries: [{ expr: most(`rate(container_cpu_usage_seconds_total{${running}}[$__rate_interval])`), legend }],
      }),
      graph({
        title: 'CPU, requests and limits',
        description: 'Cores that all chosen containers use, were promised, and may use at most.',
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
        title: 'Throttled',
        description: 'Share of the periods in which a container had used up its CPU limit: the ten worst.',
        ...share,
        width: 24,
        queries: [{ expr: `topk(10, ${throttled(running, 'pod, container')})`, legend }],
        thresholds: waitingIsBad,
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
        title: 'Memory by container',
        description: 'Working set: the ten containers with most.',
        unit: 'bytes',
        min: 0,
        queries: [{ expr: most(`container_memory_working_set_bytes{${running}}`), legend }],
      }),
      graph({
        title: 'Memory, requests and limits',
        description: 'Working set of all chosen containers, what they were promised, and may use at most.',
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
        title: 'Memory against the limit',
        description: 'Working set as a share of the limit: the ten fullest containers.',
        ...fillingUp,
        queries: [
          {
            expr: `topk(10, sum by (pod, container) (container_memory_working_set_bytes{${running}}) / ${limit})`,
            legend,
          },
        ],
      }),
      graph({
        title: 'Memory by kind',
        description: 'Of all chosen containers: memory of programs, page cache, and all that is counted (usage).',
        unit: 'bytes',
        queries: lines((metric) => `sum(${metric}{${running}})`, {
          container_memory_rss: 'programs',
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
        title: 'Traffic',
        description:
          "Bytes a second in and out: the ten pods with most. Pods in the node's own network have none of their own.",
        unit: 'Bps',
        queries: lines(traffic, {
          container_network_receive_bytes_total: '{{pod}} in',
          container_network_transmit_bytes_total: '{{pod}} out',
        }),
      }),
      graph({
        title: 'Packets lost or broken',
        description: 'Packets a second that the chosen pods lost or could not read: should be 0.',
        unit: 'pps',
        queries: (
          ['receive_packets_dropped', 'transmit_packets_dropped', 'receive_errors', 'transmit_errors'] as const
        ).map((kind) => ({
          expr: `sum(rate(container_network_${kind}_total{interface!="lo", ${ofPod}}[$__rate_interval]))`,
          legend: kind.replaceAll('_', ' '),
        })),
      }),
      bars({
        title: 'Volumes of pods',
        description: 'Share in use of the persistent volumes in the chosen namespaces (kubelet), the ten fullest.',
        ...fillingUp,
        width: 24,
        queries: [{ expr: `topk(10, ${fullnessOfVolumes})`, legend: '{{namespace}}/{{persistentvolumeclaim}}' }],
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'pods',
  title: 'Pods',
  description: 'One pod, or some: state, CPU, memory, network and volumes, against what was requested.',
  tags: ['kubernetes'],
  variables: [namespaceVariable, podVariable, container],
  rows: [state(), cpu(), memory(), network()],
})
