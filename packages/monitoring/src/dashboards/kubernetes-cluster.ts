import {
  average,
  columns,
  defineDashboard,
  errorRateThresholds,
  gauge,
  graph,
  lines,
  namespaceVariable,
  nodeVariable,
  type Row,
  stat,
  table,
  utilization,
  zeroThresholds,
} from '@platform/dashboards'

const ofNode = 'node=~"$node"'
const ofNamespace = 'namespace=~"$namespace"'

/** Requests of pods, without completed ones, which no longer reserve anything. */
const requested = (resource: string) =>
  `sum(kube_pod_container_resource_requests{resource="${resource}", ${ofNode}} * on (namespace, pod) group_left () max by (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Running"} == 1))`
const allocatable = (resource: string) => `sum(kube_node_status_allocatable{resource="${resource}", ${ofNode}})`

const volumesUsed = 'sum(kubelet_volume_stats_used_bytes{node=~"$node"})'
const volumesSize = 'sum(kubelet_volume_stats_capacity_bytes{node=~"$node"})'

function capacity(): Row {
  return {
    title: 'Capacity',
    panels: [
      gauge({
        title: 'Pods (% of allocatable)',
        description: 'Running pods as a share of the pods that the nodes accept.',
        ...utilization,
        width: 6,
        queries: [{ expr: `sum(kubelet_running_pods{${ofNode}}) / ${allocatable('pods')}` }],
      }),
      gauge({
        title: 'CPU requests (% of allocatable)',
        description: 'CPU requests of pods as a share of allocatable CPU. At 100 % no more pods can be scheduled.',
        ...utilization,
        width: 6,
        queries: [{ expr: `${requested('cpu')} / ${allocatable('cpu')}` }],
      }),
      gauge({
        title: 'Memory requests (% of allocatable)',
        description: 'Memory requests of pods as a share of allocatable memory.',
        ...utilization,
        width: 6,
        queries: [{ expr: `${requested('memory')} / ${allocatable('memory')}` }],
      }),
      gauge({
        title: 'Persistent volume usage (%)',
        description: 'Share in use of all mounted persistent volumes (kubelet).',
        ...utilization,
        width: 6,
        queries: [{ expr: `${volumesUsed} / ${volumesSize}` }],
      }),
      graph({
        title: 'Pods: running and allocatable',
        description: 'Running pods, and how many pods the nodes accept.',
        unit: 'short',
        width: 6,
        min: 0,
        queries: [
          { expr: `sum(kubelet_running_pods{${ofNode}})`, legend: 'running' },
          { expr: allocatable('pods'), legend: 'allocatable' },
        ],
      }),
      graph({
        title: 'CPU: requests and capacity',
        description: 'Capacity, allocatable CPU and CPU requests, in cores.',
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
        title: 'Memory: requests and capacity',
        description: 'Capacity, allocatable memory and memory requests.',
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
        description: 'Used bytes and size of all mounted persistent volumes (kubelet).',
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
        description: 'Nodes that are registered with the API server.',
        unit: 'short',
        width: 6,
        queries: [{ expr: `count(kube_node_info{${ofNode}})` }],
      }),
      stat({
        title: 'Nodes not ready',
        description: 'Nodes whose condition Ready is false or unknown.',
        unit: 'short',
        width: 6,
        queries: [{ expr: `sum(kube_node_status_condition{condition="Ready", status!="true", ${ofNode}})` }],
        thresholds: zeroThresholds,
      }),
      stat({
        title: 'Nodes under pressure',
        description: 'Nodes under memory, disk or PID pressure. They accept no new pods and evict some.',
        unit: 'short',
        width: 6,
        queries: [
          {
            expr: `sum(max by (node) (kube_node_status_condition{condition=~".*Pressure", status="true", ${ofNode}}))`,
          },
        ],
        thresholds: zeroThresholds,
      }),
      stat({
        title: 'Unschedulable nodes',
        description: 'Cordoned nodes, on which no pods are scheduled.',
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
        title: 'Deployment replicas',
        description: 'Current, updated and unavailable replicas of all Deployments.',
        unit: 'short',
        width: 8,
        queries: lines((metric) => `sum(${metric}{${ofNamespace}}) or vector(0)`, {
          kube_deployment_status_replicas: 'current',
          kube_deployment_status_replicas_updated: 'updated',
          kube_deployment_status_replicas_unavailable: 'unavailable',
        }),
      }),
      table({
        title: 'Deployments',
        description:
          'Desired, current, updated and unavailable replicas, for the 20 Deployments with the most unavailable ones.',
        unit: 'short',
        width: 16,
        sortBy: 'Unavailable',
        queries: columns(
          (metric) =>
            `sum by (namespace, deployment) (${metric}{${ofNamespace}}) and on (namespace, deployment) topk(20, sum by (namespace, deployment) (kube_deployment_status_replicas_unavailable{${ofNamespace}}))`,
          {
            kube_deployment_spec_replicas: 'Desired',
            kube_deployment_status_replicas: 'Current',
            kube_deployment_status_replicas_updated: 'Updated',
            kube_deployment_status_replicas_unavailable: 'Unavailable',
          },
        ),
      }),
      graph({
        title: 'Jobs',
        description: 'Active, succeeded and failed pods of Jobs, 0 without Jobs.',
        unit: 'short',
        width: 8,
        queries: (['active', 'succeeded', 'failed'] as const).map((state) => ({
          expr: `sum(kube_job_status_${state}{${ofNamespace}}) or vector(0)`,
          legend: state,
        })),
      }),
      graph({
        title: 'Pods by phase',
        description: 'Pods by phase: Pending, Running, Succeeded, Failed, Unknown.',
        unit: 'short',
        width: 8,
        stack: true,
        queries: [{ expr: `sum by (phase) (kube_pod_status_phase{${ofNamespace}})`, legend: '{{phase}}' }],
      }),
      graph({
        title: 'Containers by state',
        description: 'Running, waiting and terminated containers.',
        unit: 'short',
        width: 8,
        queries: (['running', 'waiting', 'terminated'] as const).map((state) => ({
          expr: `sum(kube_pod_container_status_${state}{${ofNamespace}})`,
          legend: state,
        })),
      }),
      graph({
        title: 'Container restarts (30m)',
        description: 'Container restarts within 30 minutes, top 10 pods.',
        unit: 'short',
        min: 0,
        queries: [
          {
            expr: `topk(10, sum by (namespace, pod) (increase(kube_pod_container_status_restarts_total{${ofNamespace}}[30m])))`,
            legend: '{{namespace}}/{{pod}}',
          },
        ],
        thresholds: zeroThresholds,
      }),
      graph({
        title: 'Waiting containers by reason',
        description: 'Containers that cannot start, by reason: CrashLoopBackOff, ImagePullBackOff and others.',
        unit: 'short',
        min: 0,
        queries: [
          {
            expr: `sum by (reason) (kube_pod_container_status_waiting_reason{${ofNamespace}}) or vector(0)`,
            legend: '{{reason}}',
          },
        ],
        thresholds: zeroThresholds,
      }),
    ],
  }
}

function controlPlane(): Row {
  return {
    title: 'Control plane',
    panels: [
      graph({
        title: 'API server requests',
        description: 'Requests per second by verb, without watches.',
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
        title: 'API server error rate (5xx)',
        description: 'Share of the requests with a 5xx response.',
        unit: 'percentunit',
        width: 8,
        min: 0,
        queries: [
          {
            expr: '(sum(rate(apiserver_request_total{code=~"5.."}[$__rate_interval])) or vector(0)) / sum(rate(apiserver_request_total[$__rate_interval]))',
            legend: '5xx',
          },
        ],
        thresholds: errorRateThresholds,
      }),
      graph({
        title: 'API server request duration',
        description: 'Average request duration by verb, without watches and connects.',
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
        title: 'etcd database size',
        description: 'Size of the etcd database, as reported by the API server.',
        unit: 'bytes',
        width: 8,
        queries: [{ expr: 'max(apiserver_storage_size_bytes)', legend: 'etcd' }],
      }),
      graph({
        title: 'Pod start duration',
        description: 'Average time from when the kubelet first sees a pod until it runs, 0 while no pod starts.',
        unit: 's',
        width: 8,
        queries: [{ expr: average('kubelet_pod_start_duration_seconds', ofNode, 'node'), legend: '{{node}}' }],
      }),
      graph({
        title: 'DNS queries',
        description: 'Queries per second to CoreDNS, and responses with SERVFAIL.',
        unit: 'reqps',
        width: 8,
        queries: [
          { expr: 'sum(rate(coredns_dns_requests_total[$__rate_interval]))', legend: 'queries' },
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
  description: 'Capacity of the cluster, and health of its nodes, workloads and control plane.',
  tags: ['kubernetes'],
  variables: [nodeVariable, namespaceVariable],
  rows: [capacity(), nodes(), workloads(), controlPlane()],
})
