import {
  bars,
  columns,
  defineDashboard,
  fillingUp,
  graph,
  lines,
  namespaceVariable,
  nodeVariable,
  type Row,
  realContainers,
  stat,
  table,
} from '@platform/dashboards'

const ofNode = 'node=~"$node"'
const ofNamespace = 'namespace=~"$namespace"'
const chosen = `${ofNamespace}, ${ofNode}`
const containers = `${realContainers}, ${chosen}`

const cpu = (by: string) => `sum by (${by}) (rate(container_cpu_usage_seconds_total{${containers}}[$__rate_interval]))`
const memory = (by: string) => `sum by (${by}) (container_memory_working_set_bytes{${containers}})`
const pods = (by: string) => `count by (${by}) (kube_pod_info{${chosen}})`
const spec = (kind: 'requests' | 'limits', resource: string, by: string) =>
  `sum by (${by}) (kube_pod_container_resource_${kind}{resource="${resource}", ${chosen}})`
const allocatable = (resource: string) =>
  `sum by (node) (kube_node_status_allocatable{resource="${resource}", ${ofNode}})`

function total(): Row {
  const number = (title: string, description: string, expr: string) =>
    stat({ title, description, unit: 'short', queries: [{ expr }] })
  return {
    title: 'In all',
    panels: [
      number('Nodes', 'Nodes that are chosen.', `count(kube_node_info{${ofNode}})`),
      number('Namespaces', 'Namespaces that are chosen.', `count(kube_namespace_created{${ofNamespace}})`),
      number('Pods', 'Pods in the chosen namespaces, on the chosen nodes.', `count(kube_pod_info{${chosen}})`),
      number('Containers', 'Containers that run there.', `sum(kube_pod_container_status_running{${ofNamespace}})`),
      number('Services', 'Services in the chosen namespaces.', `count(kube_service_info{${ofNamespace}})`),
      number('Ingresses', 'Ways in from outside.', `count(kube_ingress_info{${ofNamespace}}) or vector(0)`),
    ],
  }
}

function byNode(): Row {
  return {
    title: 'By node',
    panels: [
      table({
        title: 'Each node',
        description:
          'Of each node: pods, and the shares of its cores and memory that are requested and used by the chosen namespaces.',
        unit: 'percentunit',
        queries: [
          { expr: pods('node'), column: 'Pods', unit: 'short' },
          { expr: `${spec('requests', 'cpu', 'node')} / ${allocatable('cpu')}`, column: 'CPU requested' },
          { expr: `${spec('limits', 'cpu', 'node')} / ${allocatable('cpu')}`, column: 'CPU limits' },
          { expr: `${cpu('node')} / ${allocatable('cpu')}`, column: 'CPU used' },
          { expr: `${spec('requests', 'memory', 'node')} / ${allocatable('memory')}`, column: 'Memory requested' },
          { expr: `${spec('limits', 'memory', 'node')} / ${allocatable('memory')}`, column: 'Memory limits' },
          { expr: `${memory('node')} / ${allocatable('memory')}`, column: 'Memory used' },
        ],
      }),
      bars({
        title: 'Kept of each node',
        description: 'Shares of its cores and memory that are requested: near 1 nothing more can be placed there.',
        ...fillingUp,
        width: 24,
        height: 6,
        queries: (['cpu', 'memory'] as const).map((resource) => ({
          expr: `topk(20, ${spec('requests', resource, 'node')} / ${allocatable(resource)})`,
          legend: `{{node}} ${resource}`,
        })),
      }),
      graph({
        title: 'Pods by node',
        description: 'Pods of the chosen namespaces on each node.',
        unit: 'short',
        width: 8,
        stack: true,
        queries: [{ expr: pods('node'), legend: '{{node}}' }],
      }),
      graph({
        title: 'CPU by node',
        description: 'Cores that the chosen namespaces use on each node.',
        unit: 'short',
        width: 8,
        stack: true,
        queries: [{ expr: cpu('node'), legend: '{{node}}' }],
      }),
      graph({
        title: 'Memory by node',
        description: 'Working set of the chosen namespaces on each node.',
        unit: 'bytes',
        width: 8,
        stack: true,
        queries: [{ expr: memory('node'), legend: '{{node}}' }],
      }),
    ],
  }
}

function byNamespace(): Row {
  return {
    title: 'By namespace',
    panels: [
      table({
        title: 'Each namespace',
        description: 'Of each namespace: pods; cores and memory that are requested, allowed at most, and used.',
        unit: 'short',
        sortBy: 'Memory used',
        queries: [
          { expr: pods('namespace'), column: 'Pods' },
          { expr: spec('requests', 'cpu', 'namespace'), column: 'CPU requested' },
          { expr: spec('limits', 'cpu', 'namespace'), column: 'CPU limits' },
          { expr: cpu('namespace'), column: 'CPU used' },
          { expr: spec('requests', 'memory', 'namespace'), column: 'Memory requested', unit: 'bytes' },
          { expr: spec('limits', 'memory', 'namespace'), column: 'Memory limits', unit: 'bytes' },
          { expr: memory('namespace'), column: 'Memory used', unit: 'bytes' },
        ],
      }),
      graph({
        title: 'CPU by namespace',
        description: 'Cores in use: the ten namespaces with most.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `topk(10, ${cpu('namespace')})`, legend: '{{namespace}}' }],
      }),
      graph({
        title: 'Memory by namespace',
        description: 'Working set: the ten namespaces with most.',
        unit: 'bytes',
        stack: true,
        queries: [{ expr: `topk(10, ${memory('namespace')})`, legend: '{{namespace}}' }],
      }),
      graph({
        title: 'Network by namespace',
        description: 'Bytes a second in and out: the ten namespaces with most.',
        unit: 'Bps',
        queries: lines(
          (way) =>
            `topk(10, sum by (namespace) (rate(container_network_${way}_bytes_total{interface!="lo", ${chosen}}[$__rate_interval])))`,
          { receive: '{{namespace}} in', transmit: '{{namespace}} out' },
        ),
      }),
      graph({
        title: 'Restarts by namespace',
        description: 'Containers that were started again within an hour.',
        unit: 'short',
        min: 0,
        queries: [
          {
            expr: `topk(10, sum by (namespace) (increase(kube_pod_container_status_restarts_total{${ofNamespace}}[1h])))`,
            legend: '{{namespace}}',
          },
        ],
      }),
    ],
  }
}

function objects(): Row {
  const count = (series: string) => `count by (namespace) (${series}{${ofNamespace}})`
  return {
    title: 'What is in them',
    panels: [
      table({
        title: 'Objects of namespaces',
        description: 'How many workloads, Services, claims, ConfigMaps and Secrets each namespace has.',
        unit: 'short',
        queries: columns(count, {
          kube_deployment_created: 'Deployments',
          kube_statefulset_created: 'StatefulSets',
          kube_daemonset_created: 'DaemonSets',
          kube_service_info: 'Services',
          kube_persistentvolumeclaim_info: 'Claims',
          kube_configmap_info: 'ConfigMaps',
          kube_secret_info: 'Secrets',
        }),
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'namespaces',
  title: 'Nodes and namespaces',
  description: 'The cluster summed up by node and by namespace.',
  tags: ['kubernetes', 'capacity'],
  variables: [nodeVariable, namespaceVariable],
  rows: [total(), byNode(), byNamespace(), objects()],
})
