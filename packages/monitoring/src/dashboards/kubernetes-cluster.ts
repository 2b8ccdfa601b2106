import {
  anyIsBad,
  average,
  columns,
  defineDashboard,
  fillingUp,
  gauge,
  graph,
  lines,
  namespaceVariable,
  nodeVariable,
  type Row,
  shareIsBad,
  stat,
  table,
} from '@platform/dashboards'

const ofNode = 'node=~"$node"'
const ofNamespace = 'namespace=~"$namespace"'

/** What pods were promised, without those that are done and hold nothing any more. */
const requested = (resource: string) =>
  `sum(kube_pod_container_resource_requests{resource="${resource}", ${ofNode}} * on (namespace, pod) group_left () max by (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Running"} == 1))`
const allocatable = (resource: string) => `sum(kube_node_status_allocatable{resource="${resource}", ${ofNode}})`

const volumesUsed = 'sum(kubelet_volume_stats_used_bytes{node=~"$node"})'
const volumesSize = 'sum(kubelet_volume_stats_capacity_bytes{node=~"$node"})'

function fullness(): Row {
  return {
    title: 'How full it is',
    panels: [
      gauge({
        title: 'Pods',
        description: 'Pods that run, as a share of those that the nodes take.',
        ...fillingUp,
        width: 6,
        queries: [{ expr: `sum(kubelet_running_pods{${ofNode}}) / ${allocatable('pods')}` }],
      }),
      gauge({
        title: 'CPU requested',
        description: 'Cores that pods request, as a share of what the nodes have to give: above it, no pod is placed.',
        ...fillingUp,
        width: 6,
        queries: [{ expr: `${requested('cpu')} / ${allocatable('cpu')}` }],
      }),
      gauge({
        title: 'Memory requested',
        description: 'Memory that pods request, as a share of what the nodes have to give.',
        ...fillingUp,
        width: 6,
        queries: [{ expr: `${requested('memory')} / ${allocatable('memory')}` }],
      }),
      gauge({
        title: 'Volumes used',
        description: 'Share in use of all mounted persistent volumes together (kubelet).',
        ...fillingUp,
        width: 6,
        queries: [{ expr: `${volumesUsed} / ${volumesSize}` }],
      }),
      graph({
        title: 'Pods of the nodes',
        description: 'Pods that run, and how many the nodes take.',
        unit: 'short',
        width: 6,
        min: 0,
        queries: [
          { expr: `sum(kubelet_running_pods{${ofNode}})`, legend: 'running' },
          { expr: allocatable('pods'), legend: 'allocatable' },
        ],
      }),
      graph({
        title: 'CPU of the nodes',
        description: 'Cores that there are, that pods may have, and that they request.',
        unit: 'cores',
        width: 6,
        min: 0,
        queries: [
          { expr: `sum(kube_node_status_capacity{resource="cpu", ${ofNode}})`, legend: 'capacity' },
          { expr: allocatable('cpu'), legend: 'allocatable' },
          { expr: requested('cpu'), legend: 'requested' },
        ],
      }),
      graph({
        title: 'Memory of the nodes',
        description: 'Memory that there is, that pods may have, and that they request.',
        unit: 'bytes',
        width: 6,
        min: 0,
        queries: [
          { expr: `sum(kube_node_status_capacity{resource="memory", ${ofNode}})`, legend: 'capacity' },
          { expr: allocatable('memory'), legend: 'allocatable' },
          { expr: requested('memory'), legend: 'requested' },
        ],
      }),
      graph({
        title: 'Persistent volumes',
        description: 'Bytes in use and size of all mounted persistent volumes (kubelet).',
        unit: 'bytes',
        width: 6,
        min: 0,
        queries: [
          { expr: volumesUsed, legend: 'used' },
          { expr: volumesSize, legend: 'size' },
        ],
      }),
    ],
  }
}

function nodes(): Row {
  return {
    title: 'Nodes',
    panels: [
      stat({
        title: 'Nodes',
        description: 'Nodes that the API server knows.',
        unit: 'short',
        width: 6,
        queries: [{ expr: `count(kube_node_info{${ofNode}})` }],
      }),
      stat({
        title: 'Nodes not ready',
        description: 'Nodes whose kubelet says so, or says nothing any more.',
        unit: 'short',
        width: 6,
        queries: [{ expr: `sum(kube_node_status_condition{condition="Ready", status!="true", ${ofNode}})` }],
        thresholds: anyIsBad,
      }),
      stat({
        title: 'Nodes short of something',
        description: 'Nodes under pressure of memory, disk or process ids: they take no pods, and evict some.',
        unit: 'short',
        width: 6,
        queries: [
          {
            expr: `sum(max by (node) (kube_node_status_condition{condition=~".*Pressure", status="true", ${ofNode}}))`,
          },
        ],
        thresholds: anyIsBad,
      }),
      stat({
        title: 'Nodes closed',
        description: 'Nodes on which nothing is placed, because somebody cordoned them.',
        unit: 'short',
        width: 6,
        queries: [{ expr: `sum(kube_node_spec_unschedulable{${ofNode}})` }],
        thresholds: [{ from: 1, color: 'orange' }],
      }),
    ],
  }
}

function workloads(): Row {
  return {
    title: 'Workloads',
    panels: [
      graph({
        title: 'Replicas of Deployments',
        description: 'Replicas that there are, that are of the newest version, and that are missing.',
        unit: 'short',
        width: 8,
        queries: lines((metric) => `sum(${metric}{${ofNamespace}}) or vector(0)`, {
          kube_deployment_status_replicas: 'there',
          kube_deployment_status_replicas_updated: 'newest',
          kube_deployment_status_replicas_unavailable: 'unavailable',
        }),
      }),
      table({
        title: 'Deployments',
        description:
          'Replicas of each Deployment: wanted, there, of the newest version, unavailable. The 20 with most missing.',
        unit: 'short',
        width: 16,
        sortBy: 'Unavailable',
        queries: columns(
          (metric) =>
            `sum by (namespace, deployment) (${metric}{${ofNamespace}}) and on (namespace, deployment) topk(20, sum by (namespace, deployment) (kube_deployment_status_replicas_unavailable{${ofNamespace}}))`,
          {
            kube_deployment_spec_replicas: 'Wanted',
            kube_deployment_status_replicas: 'There',
            kube_deployment_status_replicas_updated: 'Newest',
            kube_deployment_status_replicas_unavailable: 'Unavailable',
          },
        ),
      }),
      graph({
        title: 'Jobs',
        description: 'Pods of Jobs that run, succeeded and failed; 0 where there are no Jobs.',
        unit: 'short',
        width: 8,
        queries: (['active', 'succeeded', 'failed'] as const).map((state) => ({
          expr: `sum(kube_job_status_${state}{${ofNamespace}}) or vector(0)`,
          legend: state,
        })),
      }),
      graph({
        title: 'Pods by phase',
        description: 'Pods that wait to be placed or started, run, are done, failed, or whose node is gone.',
        unit: 'short',
        width: 8,
        stack: true,
        queries: [{ expr: `sum by (phase) (kube_pod_status_phase{${ofNamespace}})`, legend: '{{phase}}' }],
      }),
      graph({
        title: 'Containers by state',
        description: 'Containers that run, wait to be started (or started again), and have ended.',
        unit: 'short',
        width: 8,
        queries: (['running', 'waiting', 'terminated'] as const).map((state) => ({
          expr: `sum(kube_pod_container_status_${state}{${ofNamespace}})`,
          legend: state,
        })),
      }),
      graph({
        title: 'Restarts in half an hour',
        description: 'Containers that were started again within 30 minutes: the ten pods with most.',
        unit: 'short',
        min: 0,
        queries: [
          {
            expr: `topk(10, sum by (namespace, pod) (increase(kube_pod_container_status_restarts_total{${ofNamespace}}[30m])))`,
            legend: '{{namespace}}/{{pod}}',
          },
        ],
        thresholds: anyIsBad,
      }),
      graph({
        title: 'Why containers wait',
        description: 'Containers that do not start, by reason: CrashLoopBackOff, ImagePullBackOff and the like.',
        unit: 'short',
        min: 0,
        queries: [
          {
            expr: `sum by (reason) (kube_pod_container_status_waiting_reason{${ofNamespace}}) or vector(0)`,
            legend: '{{reason}}',
          },
        ],
        thresholds: anyIsBad,
      }),
    ],
  }
}

function controlPlane(): Row {
  return {
    title: 'Control plane',
    panels: [
      graph({
        title: 'Requests to the API server',
        description: 'Requests a second by verb, watches left out.',
        unit: 'reqps',
        width: 8,
        queries: [
          {
            expr: 'sum by (verb) (rate(apiserver_request_total{verb!="WATCH"}[$__rate_interval]))',
            legend: '{{verb}}',
          },
        ],
      }),
      graph({
        title: 'Errors of the API server',
        description: 'Share of the requests that it answered with a fault of its own (5xx).',
        unit: 'percentunit',
        width: 8,
        min: 0,
        queries: [
          {
            expr: '(sum(rate(apiserver_request_total{code=~"5.."}[$__rate_interval])) or vector(0)) / sum(rate(apiserver_request_total[$__rate_interval]))',
            legend: '5xx',
          },
        ],
        thresholds: shareIsBad,
      }),
      graph({
        title: 'Time of an API request',
        description: 'Average time that the API server takes by verb, watches and connections left out.',
        unit: 's',
        width: 8,
        queries: [
          {
            expr: average('apiserver_request_duration_seconds', 'verb!~"WATCH|CONNECT"', 'verb'),
            legend: '{{verb}}',
          },
        ],
      }),
      graph({
        title: 'Size of etcd',
        description: "Bytes of etcd's database, as the API server has them.",
        unit: 'bytes',
        width: 8,
        queries: [{ expr: 'max(apiserver_storage_size_bytes)', legend: 'etcd' }],
      }),
      graph({
        title: 'Time to start a pod',
        description: 'Average time from when the kubelet sees a pod until it runs; 0 while none was started.',
        unit: 's',
        width: 8,
        queries: [{ expr: average('kubelet_pod_start_duration_seconds', ofNode, 'node'), legend: '{{node}}' }],
      }),
      graph({
        title: 'Names asked of CoreDNS',
        description: 'Questions a second, and answers that were a failure of the server.',
        unit: 'reqps',
        width: 8,
        queries: [
          { expr: 'sum(rate(coredns_dns_requests_total[$__rate_interval]))', legend: 'questions' },
          {
            expr: 'sum(rate(coredns_dns_responses_total{rcode="SERVFAIL"}[$__rate_interval])) or vector(0)',
            legend: 'SERVFAIL',
          },
        ],
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'kubernetes-cluster',
  title: 'Kubernetes cluster',
  description: 'How full the cluster is, whether its nodes, workloads and control plane are well.',
  tags: ['kubernetes'],
  variables: [nodeVariable, namespaceVariable],
  rows: [fullness(), nodes(), workloads(), controlPlane()],
})
