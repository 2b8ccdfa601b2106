import {
  bars,
  defineDashboard,
  filesystemUsage,
  gauge,
  graph,
  lines,
  namespaceVariable,
  networkInterfaces,
  nodeVariable,
  pie,
  type Row,
  realContainers,
  stat,
  table,
  utilization,
  volumeUsage,
  zeroThresholds,
} from '@platform/dashboards'

const containers = `${realContainers}, namespace=~"$namespace", node=~"$node"`

const cpuByNamespace = `sum by (namespace) (rate(container_cpu_usage_seconds_total{${containers}}[$__rate_interval]))`
const memoryByNamespace = `sum by (namespace) (container_memory_working_set_bytes{${containers}})`

const cards = `node=~"$node", ${networkInterfaces}`

function nodes(): Row {
  return {
    title: 'Nodes',
    panels: [
      stat({
        title: 'Nodes ready',
        description: 'Nodes whose condition Ready is true (kube-state-metrics).',
        unit: 'short',
        queries: [{ expr: 'sum(kube_node_status_condition{condition="Ready", status="true", node=~"$node"})' }],
      }),
      stat({
        title: 'Nodes with problems',
        description: 'Nodes that are not ready, or short of memory, disk or process ids (kube-state-metrics).',
        unit: 'short',
        queries: [
          {
            expr: 'sum(max by (node) (kube_node_status_condition{condition="Ready", status!="true", node=~"$node"} or kube_node_status_condition{condition=~".*Pressure", status="true", node=~"$node"}))',
          },
        ],
        thresholds: zeroThresholds,
      }),
      gauge({
        title: 'CPU used',
        description: 'Share of all cores that were not idle (node-exporter).',
        ...utilization,
        queries: [{ expr: '1 - avg(rate(node_cpu_seconds_total{mode="idle", node=~"$node"}[$__rate_interval]))' }],
      }),
      gauge({
        title: 'Memory used',
        description: 'Share of the memory that is not available to programs (node-exporter).',
        ...utilization,
        queries: [
          {
            expr: '1 - sum(node_memory_MemAvailable_bytes{node=~"$node"}) / sum(node_memory_MemTotal_bytes{node=~"$node"})',
          },
        ],
      }),
      stat({
        title: 'Pods running',
        description: 'Pods in the phase Running (kube-state-metrics).',
        unit: 'short',
        queries: [{ expr: 'sum(kube_pod_status_phase{phase="Running", namespace=~"$namespace"})' }],
      }),
      stat({
        title: 'Uptime',
        description: 'The shortest time since a node started (node-exporter).',
        unit: 's',
        queries: [{ expr: 'min(time() - node_boot_time_seconds{node=~"$node"})' }],
      }),
    ],
  }
}

function cpu(): Row {
  return {
    title: 'CPU',
    panels: [
      pie({
        title: 'CPU by namespace',
        description: 'Cores that the containers of each namespace use (cAdvisor).',
        unit: 'short',
        decimals: 3,
        queries: [{ expr: cpuByNamespace, legend: '{{namespace}}' }],
      }),
      graph({
        title: 'CPU usage by namespace',
        description: 'Cores in use by the containers of each namespace (cAdvisor).',
        unit: 'short',
        stack: true,
        queries: [{ expr: cpuByNamespace, legend: '{{namespace}}' }],
      }),
      graph({
        title: 'CPU by node',
        description: 'Share of the cores of each node that were not idle (node-exporter).',
        ...utilization,
        queries: [
          {
            expr: '1 - avg by (node) (rate(node_cpu_seconds_total{mode="idle", node=~"$node"}[$__rate_interval]))',
            legend: '{{node}}',
          },
        ],
      }),
      bars({
        title: 'CPU requests',
        description: 'Cores that the containers of each namespace request (kube-state-metrics).',
        unit: 'short',
        queries: [
          {
            expr: 'sum by (namespace) (kube_pod_container_resource_requests{resource="cpu", namespace=~"$namespace", node=~"$node"})',
            legend: '{{namespace}}',
          },
        ],
      }),
    ],
  }
}

function memory(): Row {
  return {
    title: 'Memory',
    panels: [
      pie({
        title: 'Memory by namespace',
        description: 'Working set of the containers of each namespace: what can not be taken back (cAdvisor).',
        unit: 'bytes',
        queries: [{ expr: memoryByNamespace, legend: '{{namespace}}' }],
      }),
      graph({
        title: 'Memory usage by namespace',
        description: 'Working set of the containers of each namespace (cAdvisor).',
        unit: 'bytes',
        stack: true,
        queries: [{ expr: memoryByNamespace, legend: '{{namespace}}' }],
      }),
      graph({
        title: 'Memory by node',
        description: 'Memory that is not available to programs, and all there is (node-exporter).',
        unit: 'bytes',
        min: 0,
        queries: [
          {
            expr: 'sum by (node) (node_memory_MemTotal_bytes{node=~"$node"} - node_memory_MemAvailable_bytes{node=~"$node"})',
            legend: '{{node}} used',
          },
          { expr: 'sum by (node) (node_memory_MemTotal_bytes{node=~"$node"})', legend: '{{node}} total' },
        ],
      }),
      bars({
        title: 'Memory requests',
        description: 'Memory that the containers of each namespace request (kube-state-metrics).',
        unit: 'bytes',
        queries: [
          {
            expr: 'sum by (namespace) (kube_pod_container_resource_requests{resource="memory", namespace=~"$namespace", node=~"$node"})',
            legend: '{{namespace}}',
          },
        ],
      }),
    ],
  }
}

function pods(): Row {
  return {
    title: 'Pods',
    panels: [
      graph({
        title: 'Pods by namespace',
        description: 'Pods in the phase Running (kube-state-metrics).',
        unit: 'short',
        stack: true,
        queries: [
          {
            expr: 'sum by (namespace) (kube_pod_status_phase{phase="Running", namespace=~"$namespace"})',
            legend: '{{namespace}}',
          },
        ],
      }),
      graph({
        title: 'Container restarts',
        description: 'Containers that were started again within the last hour (kube-state-metrics).',
        unit: 'short',
        min: 0,
        queries: [
          {
            expr: 'sum by (namespace) (increase(kube_pod_container_status_restarts_total{namespace=~"$namespace"}[1h]))',
            legend: '{{namespace}}',
          },
        ],
      }),
      stat({
        title: 'Pods not ready',
        description: 'Pods that run and are not ready (kube-state-metrics).',
        unit: 'short',
        ...{ width: 6, height: 8 },
        queries: [
          {
            // While kube-state-metrics is replaced two of it tell of each pod.
            expr: 'sum(max by (namespace, pod) (kube_pod_status_ready{condition="false", namespace=~"$namespace"}) * on (namespace, pod) max by (namespace, pod) (kube_pod_status_phase{phase="Running"}))',
          },
        ],
        thresholds: zeroThresholds,
      }),
      table({
        title: 'Top pods by memory',
        description: 'The ten pods with the largest working set (cAdvisor).',
        unit: 'bytes',
        width: 18,
        queries: [{ expr: `topk(10, sum by (namespace, pod) (container_memory_working_set_bytes{${containers}}))` }],
      }),
    ],
  }
}

function network(): Row {
  return {
    title: 'Network',
    panels: [
      graph({
        title: 'Node network traffic',
        description: "Bytes a second through the nodes' network cards (node-exporter).",
        unit: 'Bps',
        queries: lines((metric) => `sum by (node) (rate(${metric}{${cards}}[$__rate_interval]))`, {
          node_network_receive_bytes_total: '{{node}} in',
          node_network_transmit_bytes_total: '{{node}} out',
        }),
      }),
      graph({
        title: 'Pod network traffic by namespace',
        description: "Bytes a second that pods receive (cAdvisor); pods in the node's own network are left out.",
        unit: 'Bps',
        stack: true,
        queries: [
          {
            expr: 'sum by (namespace) (rate(container_network_receive_bytes_total{interface!="lo", namespace=~"$namespace", namespace!="", node=~"$node"}[$__rate_interval]))',
            legend: '{{namespace}}',
          },
        ],
      }),
    ],
  }
}

function disk(): Row {
  return {
    title: 'Disk',
    panels: [
      bars({
        title: 'Filesystems',
        description: 'Share of each filesystem of the nodes that is in use (node-exporter).',
        ...utilization,
        queries: [{ expr: filesystemUsage, legend: '{{node}} {{device}}' }],
      }),
      bars({
        title: 'Volumes',
        description: 'Share of each persistent volume that is in use (kubelet).',
        ...utilization,
        queries: [{ expr: volumeUsage, legend: '{{namespace}}/{{persistentvolumeclaim}}' }],
      }),
      graph({
        title: 'Disk reads and writes',
        description: 'Bytes a second from and to the disks of the nodes (node-exporter).',
        unit: 'Bps',
        width: 24,
        queries: lines((metric) => `sum by (node) (rate(${metric}{node=~"$node"}[$__rate_interval]))`, {
          node_disk_read_bytes_total: '{{node}} read',
          node_disk_written_bytes_total: '{{node}} written',
        }),
      }),
    ],
  }
}

function alerts(): Row {
  return {
    title: 'Alerts',
    panels: [
      stat({
        title: 'Firing alerts',
        description: 'Alerts beside Watchdog, which fires always to show that the way to Alertmanager is open.',
        unit: 'short',
        ...{ width: 6, height: 8 },
        queries: [{ expr: 'count(ALERTS{alertstate="firing", alertname!="Watchdog"}) or vector(0)' }],
        thresholds: zeroThresholds,
      }),
      table({
        title: 'Alerts',
        description: 'Alerts that fire or wait to, as Prometheus has them.',
        unit: 'short',
        width: 18,
        queries: [{ expr: 'ALERTS' }],
        hide: ['__name__', 'Value', 'instance', 'job'],
      }),
      stat({
        title: 'Targets down',
        description: 'What Prometheus can not scrape.',
        unit: 'short',
        ...{ width: 24, height: 4 },
        queries: [{ expr: 'count(up) - sum(up)' }],
        thresholds: zeroThresholds,
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'cluster-overview',
  title: 'Cluster overview',
  description: 'What runs on the cluster, what it uses, and what is wrong with it.',
  tags: ['kubernetes'],
  variables: [nodeVariable, namespaceVariable],
  rows: [nodes(), cpu(), memory(), pods(), network(), disk(), alerts()],
})
