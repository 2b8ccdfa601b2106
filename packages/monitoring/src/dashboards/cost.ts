import {
  defineDashboard,
  gauge,
  graph,
  namespaceVariable,
  networkInterfaces,
  nodeVariable,
  type Row,
  realContainers,
  stat,
  type TextVariable,
  type Threshold,
  table,
  utilization,
  volumeUsage,
} from '@platform/dashboards'

/** Default prices in the order of magnitude of a public cloud. The reader changes them; nothing depends on them. */
const prices: readonly TextVariable[] = [
  { name: 'core_hour', label: 'Price per core and hour', text: '0.032' },
  { name: 'gib_hour', label: 'Price per GiB of memory and hour', text: '0.0043' },
  { name: 'volume_gib_month', label: 'Price per GiB of volume and month', text: '0.10' },
]

const gib = '1073741824'
const hoursOfMonth = '730'
const ofNode = 'node=~"$node"'
const selected = `namespace=~"$namespace", ${ofNode}`

const nodesCpu = `sum(kube_node_status_capacity{resource="cpu", ${ofNode}}) * $core_hour`
const nodesMemory = `sum(kube_node_status_capacity{resource="memory", ${ofNode}}) / ${gib} * $gib_hour`
const volumes = `sum(kube_persistentvolume_capacity_bytes) / ${gib} * $volume_gib_month`

/** Usage of containers. They cost the larger of usage and requests. */
const used = {
  cpu: `sum by (namespace) (rate(container_cpu_usage_seconds_total{${realContainers}, ${selected}}[$__rate_interval]))`,
  memory: `sum by (namespace) (container_memory_working_set_bytes{${realContainers}, ${selected}})`,
}
const requests = (resource: string, by = 'namespace') =>
  `sum by (${by}) (kube_pod_container_resource_requests{resource="${resource}", ${selected}})`
const larger = (a: string, b: string) => `((${a} > ${b}) or ${b} or ${a})`

const cpuCost = `${larger(used.cpu, requests('cpu'))} * $core_hour * ${hoursOfMonth}`
const memoryCost = `${larger(used.memory, requests('memory'))} / ${gib} * $gib_hour * ${hoursOfMonth}`
const volumeCost = `sum by (namespace) (kube_persistentvolumeclaim_resource_requests_storage_bytes{namespace=~"$namespace"}) / ${gib} * $volume_gib_month`

function money(title: string, description: string, expr: string, thresholds: readonly Threshold[] = []) {
  return stat({ title, description, unit: 'currencyUSD', width: 6, queries: [{ expr }], thresholds })
}

function overview(): Row {
  return {
    title: 'Overview',
    panels: [
      money(
        'Total cost per month',
        'Cost of all nodes and volumes for 730 hours, used or not.',
        `(${nodesCpu} + ${nodesMemory}) * ${hoursOfMonth} + (${volumes} or vector(0))`,
      ),
      money('CPU cost per month', 'Price of all cores of the nodes.', `${nodesCpu} * ${hoursOfMonth}`),
      money('Memory cost per month', 'Price of all memory of the nodes.', `${nodesMemory} * ${hoursOfMonth}`),
      money('Volume cost per month', 'Price of all persistent volumes by their size.', `${volumes} or vector(0)`),
    ],
  }
}

function utilizationRow(): Row {
  const part = (title: string, description: string, expr: string) =>
    gauge({ title, description, ...utilization, width: 6, queries: [{ expr }] })
  const allocatable = (resource: string) => `sum(kube_node_status_allocatable{resource="${resource}", ${ofNode}})`
  return {
    title: 'Utilization',
    panels: [
      part(
        'CPU usage (% of allocatable)',
        'Cores that containers use, as a share of allocatable CPU.',
        `sum(${used.cpu}) / ${allocatable('cpu')}`,
      ),
      part(
        'CPU requests (% of allocatable)',
        'CPU requests as a share of allocatable CPU.',
        `sum(${requests('cpu')}) / ${allocatable('cpu')}`,
      ),
      part(
        'Memory usage (% of allocatable)',
        'Working set of containers as a share of allocatable memory.',
        `sum(${used.memory}) / ${allocatable('memory')}`,
      ),
      part(
        'Memory requests (% of allocatable)',
        'Memory requests as a share of allocatable memory.',
        `sum(${requests('memory')}) / ${allocatable('memory')}`,
      ),
      graph({
        title: 'CPU: allocatable, requested, used',
        description: 'Allocatable, requested and used cores.',
        unit: 'cores',
        min: 0,
        queries: [
          { expr: allocatable('cpu'), legend: 'allocatable' },
          { expr: `sum(${requests('cpu')})`, legend: 'requested' },
          { expr: `sum(${used.cpu})`, legend: 'used' },
        ],
      }),
      graph({
        title: 'Memory: allocatable, requested, used',
        description: 'Allocatable, requested and used memory.',
        unit: 'bytes',
        min: 0,
        queries: [
          { expr: allocatable('memory'), legend: 'allocatable' },
          { expr: `sum(${requests('memory')})`, legend: 'requested' },
          { expr: `sum(${used.memory})`, legend: 'used' },
        ],
      }),
      money(
        'Unused requests, cost per month',
        'Price of requested but unused CPU and memory, which smaller requests would save.',
        `sum(clamp_min(${requests('cpu')} - ${used.cpu}, 0)) * $core_hour * ${hoursOfMonth} + sum(clamp_min(${requests('memory')} - ${used.memory}, 0)) / ${gib} * $gib_hour * ${hoursOfMonth}`,
      ),
      money(
        'Unrequested capacity, cost per month',
        'Price of allocatable CPU and memory that no pod requests, which fewer nodes would save.',
        `clamp_min(${allocatable('cpu')} - sum(${requests('cpu')}), 0) * $core_hour * ${hoursOfMonth} + clamp_min(${allocatable('memory')} - sum(${requests('memory')}), 0) / ${gib} * $gib_hour * ${hoursOfMonth}`,
      ),
      money(
        'Unmounted volumes, cost per month',
        'Price of the PersistentVolumeClaims that no pod mounts.',
        `sum((kube_persistentvolumeclaim_resource_requests_storage_bytes{namespace=~"$namespace"} unless on (namespace, persistentvolumeclaim) kube_pod_spec_volumes_persistentvolumeclaims_info) / ${gib} * $volume_gib_month) or vector(0)`,
        [{ from: 0.01, color: 'orange' }],
      ),
      stat({
        title: 'Network egress per month',
        description:
          'Bytes that the nodes send in 730 hours at the current rate. Clouds charge for egress by different rules.',
        unit: 'bytes',
        width: 6,
        queries: [
          {
            expr: `sum(rate(node_network_transmit_bytes_total{${ofNode}, ${networkInterfaces}}[$__rate_interval])) * 3600 * ${hoursOfMonth}`,
          },
        ],
      }),
    ],
  }
}

function byNamespace(): Row {
  return {
    title: 'By namespace',
    panels: [
      table({
        title: 'Cost by namespace, per month',
        description: 'CPU and memory by the larger of requests and usage, volumes by their size.',
        unit: 'currencyUSD',
        sortBy: 'CPU',
        queries: [
          { expr: `topk(50, ${cpuCost})`, column: 'CPU' },
          { expr: `topk(50, ${memoryCost})`, column: 'Memory' },
          { expr: `topk(50, ${volumeCost})`, column: 'Volumes' },
        ],
      }),
      graph({
        title: 'CPU cost by namespace, per month',
        description: 'Cost at the rate of each moment, top 10 namespaces.',
        unit: 'currencyUSD',
        stack: true,
        queries: [{ expr: `topk(10, ${cpuCost})`, legend: '{{namespace}}' }],
      }),
      graph({
        title: 'Memory cost by namespace, per month',
        description: 'Cost at the rate of each moment, top 10 namespaces.',
        unit: 'currencyUSD',
        stack: true,
        queries: [{ expr: `topk(10, ${memoryCost})`, legend: '{{namespace}}' }],
      }),
    ],
  }
}

function details(): Row {
  return {
    title: 'Pods, nodes and volumes',
    panels: [
      table({
        title: 'Most expensive pods, per month',
        description: 'Price of CPU and memory requests, top 20 pods.',
        unit: 'currencyUSD',
        width: 12,
        queries: [
          {
            expr: `topk(20, ${requests('cpu', 'namespace, pod')} * $core_hour * ${hoursOfMonth} + on (namespace, pod) ${requests('memory', 'namespace, pod')} / ${gib} * $gib_hour * ${hoursOfMonth})`,
            column: 'Cost',
          },
        ],
      }),
      table({
        title: 'Cost by node, per month',
        description: 'Price of CPU and memory of each node, and the shares of them that are requested.',
        unit: 'currencyUSD',
        width: 12,
        queries: [
          {
            expr: `sum by (node) (kube_node_status_capacity{resource="cpu", ${ofNode}}) * $core_hour * ${hoursOfMonth} + sum by (node) (kube_node_status_capacity{resource="memory", ${ofNode}}) / ${gib} * $gib_hour * ${hoursOfMonth}`,
            column: 'Cost',
          },
          {
            expr: `${requests('cpu', 'node')} / on (node) sum by (node) (kube_node_status_allocatable{resource="cpu", ${ofNode}})`,
            column: 'CPU requests',
            unit: 'percentunit',
          },
          {
            expr: `${requests('memory', 'node')} / on (node) sum by (node) (kube_node_status_allocatable{resource="memory", ${ofNode}})`,
            column: 'Memory requests',
            unit: 'percentunit',
          },
        ],
      }),
      table({
        title: 'Cost by volume, per month',
        description: 'Price of each PersistentVolumeClaim by its size (top 50), and the share that is in use.',
        unit: 'currencyUSD',
        sortBy: 'Cost',
        queries: [
          {
            expr: `topk(50, sum by (namespace, persistentvolumeclaim) (kube_persistentvolumeclaim_resource_requests_storage_bytes{namespace=~"$namespace"})) / ${gib} * $volume_gib_month`,
            column: 'Cost',
          },
          {
            expr: `topk(50, ${volumeUsage})`,
            column: 'Used',
            unit: 'percentunit',
          },
        ],
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'cost',
  title: 'Cost and utilization',
  description: 'Cost of the cluster at the prices above, by namespace, pod, node and volume, and its utilization.',
  tags: ['kubernetes', 'capacity'],
  variables: [...prices, nodeVariable, namespaceVariable],
  rows: [overview(), utilizationRow(), byNamespace(), details()],
})
