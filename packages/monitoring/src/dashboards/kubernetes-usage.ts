import {
  defineDashboard,
  fillingUp,
  gauge,
  graph,
  lines,
  machineDisks,
  nodeVariable,
  type Row,
  realCards,
  realContainers,
  stat,
} from '@platform/dashboards'

const ofNode = 'node=~"$node"'
const containers = `${realContainers}, ${ofNode}`

/** The whole machine is cAdvisor's root: pods, the kubelet, the system's own services. */
const machine = `id="/", ${ofNode}`

const cards = `${ofNode}, ${realCards}`
const podNetwork = `interface!="lo", namespace!="", ${ofNode}`

const machineCpu = `sum(rate(container_cpu_usage_seconds_total{${machine}}[$__rate_interval]))`
const podsCpu = `sum(rate(container_cpu_usage_seconds_total{${containers}}[$__rate_interval]))`
const machineMemory = `sum(container_memory_working_set_bytes{${machine}})`
const podsMemory = `sum(container_memory_working_set_bytes{${containers}})`
const cores = `sum(machine_cpu_cores{${ofNode}})`
const memory = `sum(machine_memory_bytes{${ofNode}})`
const diskUsed = `sum(max by (node, device) (container_fs_usage_bytes{${machineDisks}}))`
const diskSize = `sum(max by (node, device) (container_fs_limit_bytes{${machineDisks}}))`

function total(): Row {
  const number = (title: string, description: string, unit: string, expr: string) =>
    stat({ title, description, unit, queries: [{ expr }], ...(unit === 'cores' && { decimals: 2 }) })
  return {
    title: 'In all',
    panels: [
      gauge({
        title: 'Memory used',
        description: 'Working set of the machines as a share of their memory (cAdvisor).',
        ...fillingUp,
        width: 8,
        queries: [{ expr: `${machineMemory} / ${memory}` }],
      }),
      gauge({
        title: 'CPU used',
        description: 'Busy cores as a share of those that there are (cAdvisor).',
        ...fillingUp,
        width: 8,
        queries: [{ expr: `${machineCpu} / ${cores}` }],
      }),
      gauge({
        title: 'Disk used',
        description: "Share in use of the machines' disks, volumes among them (cAdvisor).",
        ...fillingUp,
        width: 8,
        queries: [{ expr: `${diskUsed} / ${diskSize}` }],
      }),
      number('Memory in use', 'Working set of the machines.', 'bytes', machineMemory),
      number('Memory there is', 'Memory of the machines.', 'bytes', memory),
      number('Cores in use', 'Cores that are busy.', 'cores', machineCpu),
      number('Cores there are', 'Cores of the machines.', 'cores', cores),
      number('Disk in use', 'Bytes written on the disks of the machines.', 'bytes', diskUsed),
      number('Disk there is', 'Size of the disks of the machines.', 'bytes', diskSize),
      graph({
        title: 'Network of the nodes',
        description: "Bytes a second through the nodes' cards, in and out (node-exporter).",
        unit: 'Bps',
        width: 24,
        queries: lines((metric) => `sum(rate(${metric}{${cards}}[$__rate_interval]))`, {
          node_network_receive_bytes_total: 'in',
          node_network_transmit_bytes_total: 'out',
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
        title: 'CPU of pods',
        description: 'Cores in use by the ten pods that use most.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `topk(10, sum by (namespace, pod) (${usage}))`, legend: '{{namespace}}/{{pod}}' }],
      }),
      graph({
        title: 'CPU of containers',
        description: 'Cores in use by the ten containers that use most.',
        unit: 'short',
        queries: [
          {
            expr: `topk(10, sum by (namespace, pod, container) (${usage}))`,
            legend: '{{namespace}}/{{pod}}/{{container}}',
          },
        ],
      }),
      graph({
        title: 'CPU outside of pods',
        description:
          'Cores that the machines use for what is no container of a pod: kubelet, control plane, system services.',
        unit: 'short',
        width: 24,
        min: 0,
        queries: [
          { expr: `clamp_min(${machineCpu} - ${podsCpu}, 0)`, legend: 'outside' },
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
        title: 'Memory of pods',
        description: 'Working set of the ten pods that have most.',
        unit: 'bytes',
        stack: true,
        queries: [{ expr: `topk(10, sum by (namespace, pod) (${usage}))`, legend: '{{namespace}}/{{pod}}' }],
      }),
      graph({
        title: 'Memory of containers',
        description: 'Working set of the ten containers that have most.',
        unit: 'bytes',
        queries: [
          {
            expr: `topk(10, sum by (namespace, pod, container) (${usage}))`,
            legend: '{{namespace}}/{{pod}}/{{container}}',
          },
        ],
      }),
      graph({
        title: 'Memory outside of pods',
        description: 'Working set of what is no container of a pod: kubelet, control plane, system services.',
        unit: 'bytes',
        width: 24,
        min: 0,
        queries: [
          { expr: `clamp_min(${machineMemory} - ${podsMemory}, 0)`, legend: 'outside' },
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
    title: 'Network of pods',
    panels: [
      graph({
        title: 'Traffic to pods',
        description: 'Bytes a second that pods receive: the ten with most.',
        unit: 'Bps',
        queries: [{ expr: traffic('container_network_receive_bytes_total'), legend: '{{namespace}}/{{pod}}' }],
      }),
      graph({
        title: 'Traffic from pods',
        description: 'Bytes a second that pods send: the ten with most.',
        unit: 'Bps',
        queries: [{ expr: traffic('container_network_transmit_bytes_total'), legend: '{{namespace}}/{{pod}}' }],
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'kubernetes-usage',
  title: 'Kubernetes usage',
  description: 'Who uses the cluster: CPU, memory, disk and network of the machines, of pods, containers and all else.',
  tags: ['kubernetes'],
  variables: [nodeVariable],
  rows: [total(), cpu(), memoryRow(), network()],
})
