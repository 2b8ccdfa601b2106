import {
  bars,
  columns,
  defineDashboard,
  graph,
  lines,
  namespaceVariable,
  nodeVariable,
  type Row,
  realContainers,
  stat,
  table,
  utilization,
} from '@platform/dashboards'

const ofNode = 'node=~"$node"'
const ofNamespace = 'namespace=~"$namespace"'
const selected = `${ofNamespace}, ${ofNode}`
const containers = `${realContainers}, ${selected}`

const cpu = (by: string) => `sum by (${by}) (rate(container_cpu_usage_seconds_total{${containers}}[$__rate_interval]))`
const memory = (by: string) => `sum by (${by}) (container_memory_working_set_bytes{${containers}})`
const pods = (by: string) => `count by (${by}) (kube_pod_info{${selected}})`
const spec = (kind: 'requests' | 'limits', resource: string, by: string) =>
  `sum by (${by}) (kube_pod_container_resource_${kind}{resource="${resource}", ${selected}})`
const allocatable = (resource: string) =>
  `sum by (node) (kube_node_status_allocatable{resource="${resource}", ${ofNode}})`

function overview(): Row {
  const number = (title: string, description: string, expr: string) =>
    stat({ title, description, unit: 'short', queries: [{ expr }] })
  return {
    title: 'Overview',
    panels: [
      number('Nodes', 'Selected nodes.', `count(kube_node_info{${ofNode}})`),
      number('Namespaces', 'Selected namespaces.', `count(kube_namespace_created{${ofNamespace}})`),
      number('Pods', 'Pods in the selected namespaces on the selected nodes.', `count(kube_pod_info{${selected}})`),
      number(
        'Running containers',
        'Running containers in the selected namespaces.',
        `sum(kube_pod_container_status_running{${ofNamespace}})`,
      ),
      number('Services', 'Services in the selected namespaces.', `count(kube_service_info{${ofNamespace}})`),
      number(
        'Ingresses',
        'Ingresses in the selected namespaces.',
        `count(kube_ingress_info{${ofNamespace}}) or vector(0)`,
      ),
    ],
  }
}

function byNode(): Row {
  return {
    title: 'By node',
    panels: [
      table({
        title: 'Node resources',
        description:
          'Pods of each node, and the shares of its CPU and memory that the selected namespaces request and use.',
        unit: 'percentunit',
        queries: [
          { expr: pods('node'), column: 'Pods', unit: 'short' },
          { expr: `${spec('requests', 'cpu', 'node')} / ${allocatable('cpu')}`, column: 'CPU requests' },
          { expr: `${spec('limits', 'cpu', 'node')} / ${allocatable('cpu')}`, column: 'CPU limits' },
          { expr: `${cpu('node')} / ${allocatable('cpu')}`, column: 'CPU used' },
          { expr: `${spec('requests', 'memory', 'node')} / ${allocatable('memory')}`, column: 'Memory requests' },
          { expr: `${spec('limits', 'memory', 'node')} / ${allocatable('memory')}`, column: 'Memory limits' },
          { expr: `${memory('node')} / ${allocatable('memory')}`, column: 'Memory used' },
        ],
      }),
      bars({
        title: 'Requests by node (% of allocatable)',
        description: 'Shares of CPU and memory that are requested. Near 100 % no more pods can be scheduled there.',
        ...utilization,
        width: 24,
        height: 6,
        queries: (['cpu', 'memory'] as const).map((resource) => ({
          expr: `topk(20, ${spec('requests', resource, 'node')} / ${allocatable(resource)})`,
          legend: `{{node}} ${resource}`,
        })),
      }),
      graph({
        title: 'Pods by node',
        description: 'Pods of the selected namespaces on each node.',
        unit: 'short',
        width: 8,
        stack: true,
        queries: [{ expr: pods('node'), legend: '{{node}}' }],
      }),
      graph({
        title: 'CPU usage by node',
        description: 'Cores that the selected namespaces use on each node.',
        unit: 'short',
        width: 8,
        stack: true,
        queries: [{ expr: cpu('node'), legend: '{{node}}' }],
      }),
      graph({
        title: 'Memory usage by node',
        description: 'Working set of the selected namespaces on each node.',
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
        title: 'Namespace resources',
        description: 'Pods, and CPU and memory requests, limits and usage of each namespace.',
        unit: 'short',
        sortBy: 'Memory used',
        queries: [
          { expr: pods('namespace'), column: 'Pods' },
          { expr: spec('requests', 'cpu', 'namespace'), column: 'CPU requests' },
          { expr: spec('limits', 'cpu', 'namespace'), column: 'CPU limits' },
          { expr: cpu('namespace'), column: 'CPU used' },
          { expr: spec('requests', 'memory', 'namespace'), column: 'Memory requests', unit: 'bytes' },
          { expr: spec('limits', 'memory', 'namespace'), column: 'Memory limits', unit: 'bytes' },
          { expr: memory('namespace'), column: 'Memory used', unit: 'bytes' },
        ],
      }),
      graph({
        title: 'CPU usage by namespace',
        description: 'Cores in use, top 10 namespaces.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `topk(10, ${cpu('namespace')})`, legend: '{{namespace}}' }],
      }),
      graph({
        title: 'Memory usage by namespace',
        description: 'Working set, top 10 namespaces.',
        unit: 'bytes',
        stack: true,
        queries: [{ expr: `topk(10, ${memory('namespace')})`, legend: '{{namespace}}' }],
      }),
      graph({
        title: 'Network traffic by namespace',
        description: 'Bytes per second received and sent, top 10 namespaces.',
        unit: 'Bps',
        queries: lines(
          (direction) =>
            `topk(10, sum by (namespace) (rate(container_network_${direction}_bytes_total{interface!="lo", ${selected}}[$__rate_interval])))`,
          { receive: '{{namespace}} received', transmit: '{{namespace}} sent' },
        ),
      }),
      graph({
        title: 'Container restarts by namespace (1h)',
        description: 'Container restarts within an hour.',
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
    title: 'Objects',
    panels: [
      table({
        title: 'Objects by namespace',
        description: 'Number of workloads, Services, PersistentVolumeClaims, ConfigMaps and Secrets in each namespace.',
        unit: 'short',
        queries: columns(count, {
          kube_deployment_created: 'Deployments',
          kube_statefulset_created: 'StatefulSets',
          kube_daemonset_created: 'DaemonSets',
          kube_service_info: 'Services',
          kube_persistentvolumeclaim_info: 'PVCs',
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
  description: 'Resources of the cluster by node and by namespace.',
  tags: ['kubernetes', 'capacity'],
  variables: [nodeVariable, namespaceVariable],
  rows: [overview(), byNode(), byNamespace(), objects()],
})
