import {
  defineDashboard,
  gauge,
  graph,
  lines,
  networkInterfaces,
  nodeDisks,
  nodeVariable,
  type Row,
  realContainers,
  stat,
  utilization,
} from '@platform/dashboards'

const ofNode = 'node=~"$node"'
const containers = `${realContainers}, ${ofNode}`

/** cAdvisor's root cgroup is the whole node: pods, the kubelet and system services. */
const machine = `id="/", ${ofNode}`

const cards = `${ofNode}, ${networkInterfaces}`
const podNetwork = `interface!="lo", namespace!="", ${ofNode}`

const machineCpu = `sum(rate(container_cpu_usage_seconds_total{${machine}}[$__rate_interval]))`
const podsCpu = `sum(rate(container_cpu_usage_seconds_total{${containers}}[$__rate_interval]))`
const machineMemory = `sum(container_memory_working_set_bytes{${machine}})`
const podsMemory = `sum(container_memory_working_set_bytes{${containers}})`
const cores = `sum(machine_cpu_cores{${ofNode}})`
const memory = `sum(machine_memory_bytes{${ofNode}})`
const diskUsed = `sum(max by (node, device) (container_fs_usage_bytes{${nodeDisks}}))`
const diskSize = `sum(max by (node, device) (container_fs_limit_bytes{${nodeDisks}}))`

function overview(): Row {
  const number = (title: string, description: string, unit: string, expr: string) =>
    stat({ title, description, unit, queries: [{ expr }], ...(unit === 'cores' && { decimals: 2 }) })
  return {
    title: 'Overview',
    panels: [
      gauge({
        title: 'Memory usage',
        description: 'Working set of the nodes as a share of their memory (cAdvisor).',
        ...utilization,
        width: 8,
        queries: [{ expr: `${machineMemory} / ${memory}` }],
      }),
      gauge({
        title: 'CPU usage',
        description: 'Busy cores as a share of all cores (cAdvisor).',
        ...utilization,
        width: 8,
        queries: [{ expr: `${machineCpu} / ${cores}` }],
      }),
      gauge({
        title: 'Disk usage',
        description: "Share in use of the nodes' disks, which include the volumes (cAdvisor).",
        ...utilization,
        width: 8,
        queries: [{ expr: `${diskUsed} / ${diskSize}` }],
      }),
      number('Memory used', 'Working set of the nodes.', 'bytes', machineMemory),
      number('Memory total', 'Memory of the nodes.', 'bytes', memory),
      number('CPU cores used', 'Busy cores.', 'cores', machineCpu),
      number('CPU cores total', 'Cores of the nodes.', 'cores', cores),
      number('Disk used', 'Bytes in use on the disks of the nodes.', 'bytes', diskUsed),
      number('Disk total', 'Size of the disks of the nodes.', 'bytes', diskSize),
      graph({
        title: 'Node network traffic',
        description: "Bytes per second through the nodes' network interfaces (node-exporter).",
        unit: 'Bps',
        width: 24,
        queries: lines((metric) => `sum(rate(${metric}{${cards}}[$__rate_interval]))`, {
          node_network_receive_bytes_total: 'received',
          node_network_transmit_bytes_total: 'sent',
        }),
      }),
    ],
  }
}

function cpu(): Row {
  const usage = `rate(container_cpu_usage_seconds_total{${containers}}[$__rate_interval])`
  return {
    title: 'CPU',
    panels: [
      graph({
        title: 'CPU usage by pod',
        description: 'Cores in use, top 10 pods.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `topk(10, sum by (namespace, pod) (${usage}))`, legend: '{{namespace}}/{{pod}}' }],
      }),
      graph({
        title: 'CPU usage by container',
        description: 'Cores in use, top 10 containers.',
        unit: 'short',
        queries: [
          {
            expr: `topk(10, sum by (namespace, pod, container) (${usage}))`,
            legend: '{{namespace}}/{{pod}}/{{container}}',
          },
        ],
      }),
      graph({
        title: 'CPU usage outside of pods',
        description: 'Cores that nodes use outside of pods: kubelet, control plane, system services.',
        unit: 'short',
        width: 24,
        min: 0,
        queries: [
          { expr: `clamp_min(${machineCpu} - ${podsCpu}, 0)`, legend: 'outside of pods' },
          { expr: podsCpu, legend: 'in pods' },
        ],
      }),
    ],
  }
}

function memoryRow(): Row {
  const usage = `container_memory_working_set_bytes{${containers}}`
  return {
    title: 'Memory',
    panels: [
      graph({
        title: 'Memory usage by pod',
        description: 'Working set, top 10 pods.',
        unit: 'bytes',
        stack: true,
        queries: [{ expr: `topk(10, sum by (namespace, pod) (${usage}))`, legend: '{{namespace}}/{{pod}}' }],
      }),
      graph({
        title: 'Memory usage by container',
        description: 'Working set, top 10 containers.',
        unit: 'bytes',
        queries: [
          {
            expr: `topk(10, sum by (namespace, pod, container) (${usage}))`,
            legend: '{{namespace}}/{{pod}}/{{container}}',
          },
        ],
      }),
      graph({
        title: 'Memory usage outside of pods',
        description: 'Working set of what runs outside of pods: kubelet, control plane, system services.',
        unit: 'bytes',
        width: 24,
        min: 0,
        queries: [
          { expr: `clamp_min(${machineMemory} - ${podsMemory}, 0)`, legend: 'outside of pods' },
          { expr: podsMemory, legend: 'in pods' },
        ],
      }),
    ],
  }
}

function network(): Row {
  const traffic = (metric: string) =>
    `topk(10, sum by (namespace, pod) (rate(${metric}{${podNetwork}}[$__rate_interval])))`
  return {
    title: 'Pod network',
    panels: [
      graph({
        title: 'Network received by pod',
        description: 'Bytes per second that pods receive, top 10.',
        unit: 'Bps',
        queries: [{ expr: traffic('container_network_receive_bytes_total'), legend: '{{namespace}}/{{pod}}' }],
      }),
      graph({
        title: 'Network sent by pod',
        description: 'Bytes per second that pods send, top 10.',
        unit: 'Bps',
        queries: [{ expr: traffic('container_network_transmit_bytes_total'), legend: '{{namespace}}/{{pod}}' }],
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'kubernetes-usage',
  title: 'Kubernetes usage',
  description: 'CPU, memory, disk and network usage of nodes, pods, containers and system services.',
  tags: ['kubernetes'],
  variables: [nodeVariable],
  rows: [overview(), cpu(), memoryRow(), network()],
})
