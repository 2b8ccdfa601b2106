import {
  defineDashboard,
  fillingUp,
  fullnessOfVolumes,
  gauge,
  graph,
  namespaceVariable,
  nodeVariable,
  type Row,
  realCards,
  realContainers,
  stat,
  type TextVariable,
  type Threshold,
  table,
} from '@platform/dashboards'

/** The prices are the reader's own: these are in the order of what a cloud asks for, and nothing depends on them. */
const prices: readonly TextVariable[] = [
  { name: 'core_hour', label: 'Price of a core for an hour', text: '0.032' },
  { name: 'gib_hour', label: 'Price of a GiB of memory for an hour', text: '0.0043' },
  { name: 'volume_gib_month', label: 'Price of a GiB of volume for a month', text: '0.10' },
]

const gib = '1073741824'
const hoursOfMonth = '730'
const ofNode = 'node=~"$node"'
const chosen = `namespace=~"$namespace", ${ofNode}`

const nodesCpu = `sum(kube_node_status_capacity{resource="cpu", ${ofNode}}) * $core_hour`
const nodesMemory = `sum(kube_node_status_capacity{resource="memory", ${ofNode}}) / ${gib} * $gib_hour`
const volumes = `sum(kube_persistentvolume_capacity_bytes) / ${gib} * $volume_gib_month`

/** What containers use, and what is kept for them: the larger of the two is what they cost. */
const used = {
  cpu: `sum by (namespace) (rate(container_cpu_usage_seconds_total{${realContainers}, ${chosen}}[$__rate_interval]))`,
  memory: `sum by (namespace) (container_memory_working_set_bytes{${realContainers}, ${chosen}})`,
}
const requests = (resource: string, by = 'namespace') =>
  `sum by (${by}) (kube_pod_container_resource_requests{resource="${resource}", ${chosen}})`
const larger = (a: string, b: string) => `((${a} > ${b}) or ${b} or ${a})`

const cpuCost = `${larger(used.cpu, requests('cpu'))} * $core_hour * ${hoursOfMonth}`
const memoryCost = `${larger(used.memory, requests('memory'))} / ${gib} * $gib_hour * ${hoursOfMonth}`
const volumeCost = `sum by (namespace) (kube_persistentvolumeclaim_resource_requests_storage_bytes{namespace=~"$namespace"}) / ${gib} * $volume_gib_month`

function money(title: string, description: string, expr: string, thresholds: readonly Threshold[] = []) {
  return stat({ title, description, unit: 'currencyUSD', width: 6, queries: [{ expr }], thresholds })
}

function total(): Row {
  return {
    title: 'In all',
    panels: [
      money(
        'Nodes and volumes, a month',
        'What the machines and the volumes cost in 730 hours, used or not.',
        `(${nodesCpu} + ${nodesMemory}) * ${hoursOfMonth} + (${volumes} or vector(0))`,
      ),
      money('CPU, a month', 'Price of all cores of the nodes.', `${nodesCpu} * ${hoursOfMonth}`),
      money('Memory, a month', 'Price of all memory of the nodes.', `${nodesMemory} * ${hoursOfMonth}`),
      money('Volumes, a month', 'Price of all persistent volumes by their size.', `${volumes} or vector(0)`),
    ],
  }
}

function utilisation(): Row {
  const part = (title: string, description: string, expr: string) =>
    gauge({ title, description, ...fillingUp, width: 6, queries: [{ expr }] })
  const allocatable = (resource: string) => `sum(kube_node_status_allocatable{resource="${resource}", ${ofNode}})`
  return {
    title: 'How much of it is used',
    panels: [
      part(
        'CPU used',
        'Cores that containers use, of what the nodes have to give.',
        `sum(${used.cpu}) / ${allocatable('cpu')}`,
      ),
      part(
        'CPU requested',
        'Cores kept for containers, of what the nodes have to give.',
        `sum(${requests('cpu')}) / ${allocatable('cpu')}`,
      ),
      part(
        'Memory used',
        'Memory of containers, of what the nodes have to give.',
        `sum(${used.memory}) / ${allocatable('memory')}`,
      ),
      part(
        'Memory requested',
        'Memory kept for containers, of what the nodes have to give.',
        `sum(${requests('memory')}) / ${allocatable('memory')}`,
      ),
      graph({
        title: 'Cores',
        description: 'Cores that there are, that are kept for containers, and that these use.',
        unit: 'cores',
        min: 0,
        queries: [
          { expr: allocatable('cpu'), legend: 'allocatable' },
          { expr: `sum(${requests('cpu')})`, legend: 'requested' },
          { expr: `sum(${used.cpu})`, legend: 'used' },
        ],
      }),
      graph({
        title: 'Memory',
        description: 'Memory that there is, that is kept for containers, and that these use.',
        unit: 'bytes',
        min: 0,
        queries: [
          { expr: allocatable('memory'), legend: 'allocatable' },
          { expr: `sum(${requests('memory')})`, legend: 'requested' },
          { expr: `sum(${used.memory})`, legend: 'used' },
        ],
      }),
      money(
        'Kept and not used, a month',
        'Price of the cores and of the memory that are requested beyond what is used: what smaller requests would save.',
        `sum(clamp_min(${requests('cpu')} - ${used.cpu}, 0)) * $core_hour * ${hoursOfMonth} + sum(clamp_min(${requests('memory')} - ${used.memory}, 0)) / ${gib} * $gib_hour * ${hoursOfMonth}`,
      ),
      money(
        'Nobody asked for, a month',
        'Price of the cores and of the memory of the nodes that no pod requests: what fewer nodes would save.',
        `clamp_min(${allocatable('cpu')} - sum(${requests('cpu')}), 0) * $core_hour * ${hoursOfMonth} + clamp_min(${allocatable('memory')} - sum(${requests('memory')}), 0) / ${gib} * $gib_hour * ${hoursOfMonth}`,
      ),
      money(
        'Volumes that no pod has, a month',
        'Price of the claims that no pod mounts.',
        `sum((kube_persistentvolumeclaim_resource_requests_storage_bytes{namespace=~"$namespace"} unless on (namespace, persistentvolumeclaim) kube_pod_spec_volumes_persistentvolumeclaims_info) / ${gib} * $volume_gib_month) or vector(0)`,
        [{ from: 0.01, color: 'orange' }],
      ),
      stat({
        title: 'Traffic out of the nodes, a month',
        description:
          'Bytes that the nodes send in 730 hours at the rate of now: clouds ask for it, and each in its own way.',
        unit: 'bytes',
        width: 6,
        queries: [
          {
            expr: `sum(rate(node_network_transmit_bytes_total{${ofNode}, ${realCards}}[$__rate_interval])) * 3600 * ${hoursOfMonth}`,
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
        title: 'Cost of namespaces, a month',
        description: 'Cores and memory by the larger of what is requested and what is used, volumes by their size.',
        unit: 'currencyUSD',
        sortBy: 'CPU',
        queries: [
          { expr: `topk(50, ${cpuCost})`, column: 'CPU' },
          { expr: `topk(50, ${memoryCost})`, column: 'Memory' },
          { expr: `topk(50, ${volumeCost})`, column: 'Volumes' },
        ],
      }),
      graph({
        title: 'CPU cost of namespaces, a month',
        description: 'At the rate of each moment: the ten dearest.',
        unit: 'currencyUSD',
        stack: true,
        queries: [{ expr: `topk(10, ${cpuCost})`, legend: '{{namespace}}' }],
      }),
      graph({
        title: 'Memory cost of namespaces, a month',
        description: 'At the rate of each moment: the ten dearest.',
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
        title: 'Dearest pods, a month',
        description: 'The 20 pods that request most, by the price of their cores and of their memory.',
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
        title: 'Each node, a month',
        description: 'Price of the cores and of the memory of each node, and the shares of them that are requested.',
        unit: 'currencyUSD',
        width: 12,
        queries: [
          {
            expr: `sum by (node) (kube_node_status_capacity{resource="cpu", ${ofNode}}) * $core_hour * ${hoursOfMonth} + sum by (node) (kube_node_status_capacity{resource="memory", ${ofNode}}) / ${gib} * $gib_hour * ${hoursOfMonth}`,
            column: 'Cost',
          },
          {
            expr: `${requests('cpu', 'node')} / on (node) sum by (node) (kube_node_status_allocatable{resource="cpu", ${ofNode}})`,
            column: 'CPU requested',
            unit: 'percentunit',
          },
          {
            expr: `${requests('memory', 'node')} / on (node) sum by (node) (kube_node_status_allocatable{resource="memory", ${ofNode}})`,
            column: 'Memory requested',
            unit: 'percentunit',
          },
        ],
      }),
      table({
        title: 'Each volume, a month',
        description: 'Price of each claim by its size (the 50 largest), and the share of it that is in use.',
        unit: 'currencyUSD',
        sortBy: 'Cost',
        queries: [
          {
            expr: `topk(50, sum by (namespace, persistentvolumeclaim) (kube_persistentvolumeclaim_resource_requests_storage_bytes{namespace=~"$namespace"})) / ${gib} * $volume_gib_month`,
            column: 'Cost',
          },
          {
            expr: `topk(50, ${fullnessOfVolumes})`,
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
  title: 'Cost and utilisation',
  description: 'What the cluster costs at the prices above, for what, and how much of it is used.',
  tags: ['kubernetes', 'capacity'],
  variables: [...prices, nodeVariable, namespaceVariable],
  rows: [total(), utilisation(), byNamespace(), details()],
})
