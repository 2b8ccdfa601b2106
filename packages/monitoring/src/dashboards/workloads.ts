import {
  columns,
  defineDashboard,
  graph,
  namespaceVariable,
  podVariable,
  type QueryVariable,
  type Row,
  realContainers,
  stat,
  table,
  zeroThresholds,
} from '@platform/dashboards'

const deployment: QueryVariable = {
  name: 'deployment',
  label: 'Deployment',
  series: 'kube_deployment_created{namespace=~"$namespace"}',
}

const ofNamespace = 'namespace=~"$namespace"'
const ofDeployment = `${ofNamespace}, deployment=~"$deployment"`
const ofPod = `${ofNamespace}, pod=~"$pod"`
const running = `${realContainers}, ${ofPod}`

/**
 * The owner of each pod: 1 by namespace, pod, and kind and name of its workload. A Deployment owns its pods through a
 * ReplicaSet; other workloads own them directly.
 */
const owners = `max by (namespace, pod, owner_kind, owner_name) (kube_pod_owner{${ofPod}, owner_kind!="ReplicaSet"} or label_join(kube_pod_owner{${ofPod}, owner_kind="ReplicaSet"}, "replicaset", "", "owner_name") * on (namespace, replicaset) group_left (owner_kind, owner_name) max by (namespace, replicaset, owner_kind, owner_name) (kube_replicaset_owner{${ofNamespace}}))`

/** Sums a metric of pods by workload. */
function byWorkload(ofPods: string): string {
  return `sum by (namespace, owner_kind, owner_name) (${ofPods} * on (namespace, pod) group_left (owner_kind, owner_name) ${owners})`
}

/** The owners of pods, only for the selected Deployments. */
const ofSelectedDeployment = owners
  .replace(
    'kube_replicaset_owner{namespace=~"$namespace"}',
    'kube_replicaset_owner{namespace=~"$namespace", owner_kind="Deployment", owner_name=~"$deployment"}',
  )
  .replace('kube_pod_owner{namespace=~"$namespace", pod=~"$pod", owner_kind!="ReplicaSet"} or ', '')

const cpu = `sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{${running}}[$__rate_interval]))`
const memory = `sum by (namespace, pod) (container_memory_working_set_bytes{${running}})`
const workload = '{{namespace}}/{{owner_name}}'

function missing(): Row {
  const number = (title: string, description: string, expr: string) =>
    stat({ title, description, unit: 'short', width: 6, queries: [{ expr }], thresholds: zeroThresholds })
  return {
    title: 'Missing replicas',
    panels: [
      number(
        'Unavailable Deployment replicas',
        'Replicas of the selected Deployments that are not available.',
        `sum(kube_deployment_status_replicas_unavailable{${ofDeployment}}) or vector(0)`,
      ),
      number(
        'StatefulSet replicas not ready',
        'Replicas of StatefulSets that are not ready.',
        `(sum(kube_statefulset_replicas{${ofNamespace}}) - sum(kube_statefulset_status_replicas_ready{${ofNamespace}})) or vector(0)`,
      ),
      number(
        'Unavailable DaemonSet pods',
        'Nodes that should run a pod of a DaemonSet but have none available.',
        `sum(kube_daemonset_status_number_unavailable{${ofNamespace}}) or vector(0)`,
      ),
      number(
        'Pending pods',
        'Pods that are not scheduled, or whose containers have not started.',
        `sum(kube_pod_status_phase{phase="Pending", ${ofPod}})`,
      ),
    ],
  }
}

function replicas(): Row {
  return {
    title: 'Replicas',
    panels: [
      graph({
        title: 'Deployment replicas, desired and ready',
        description: 'Desired and ready replicas of the selected Deployments, top 10.',
        unit: 'short',
        min: 0,
        queries: [
          {
            expr: `topk(10, sum by (namespace, deployment) (kube_deployment_spec_replicas{${ofDeployment}}))`,
            legend: '{{namespace}}/{{deployment}} desired',
          },
          {
            expr: `topk(10, sum by (namespace, deployment) (kube_deployment_status_replicas_ready{${ofDeployment}}))`,
            legend: '{{namespace}}/{{deployment}} ready',
          },
        ],
      }),
      graph({
        title: 'Rollouts in progress',
        description: 'Replicas that are not updated yet. A value that stays above 0 is a stuck rollout.',
        unit: 'short',
        min: 0,
        queries: [
          {
            expr: `topk(10, sum by (namespace, deployment) (kube_deployment_spec_replicas{${ofDeployment}} - kube_deployment_status_replicas_updated{${ofDeployment}}))`,
            legend: '{{namespace}}/{{deployment}}',
          },
        ],
      }),
      table({
        title: 'StatefulSets',
        description: 'Desired, ready and updated pods of each StatefulSet.',
        unit: 'short',
        width: 12,
        queries: columns((metric) => `sum by (namespace, statefulset) (${metric}{${ofNamespace}})`, {
          kube_statefulset_replicas: 'Desired',
          kube_statefulset_status_replicas_ready: 'Ready',
          kube_statefulset_status_replicas_updated: 'Updated',
        }),
      }),
      table({
        title: 'DaemonSets',
        description: 'Desired and ready pods of each DaemonSet, and pods on nodes that should not run them.',
        unit: 'short',
        width: 12,
        queries: columns((metric) => `sum by (namespace, daemonset) (${metric}{${ofNamespace}})`, {
          kube_daemonset_status_desired_number_scheduled: 'Desired',
          kube_daemonset_status_number_ready: 'Ready',
          kube_daemonset_status_number_misscheduled: 'Misscheduled',
        }),
      }),
    ],
  }
}

function usage(): Row {
  return {
    title: 'By workload',
    panels: [
      graph({
        title: 'CPU usage by workload',
        description: 'Cores that the pods of each Deployment, StatefulSet, DaemonSet and Job use, top 10.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `topk(10, ${byWorkload(cpu)})`, legend: workload }],
      }),
      graph({
        title: 'Memory usage by workload',
        description: 'Working set of the pods of each workload, top 10.',
        unit: 'bytes',
        stack: true,
        queries: [{ expr: `topk(10, ${byWorkload(memory)})`, legend: workload }],
      }),
      table({
        title: 'Workloads',
        description: 'Pods, CPU and memory usage, and container restarts of each workload, top 50.',
        unit: 'short',
        sortBy: 'Memory',
        queries: [
          { expr: `topk(50, sum by (namespace, owner_kind, owner_name) (${owners}))`, column: 'Pods' },
          { expr: `topk(50, ${byWorkload(cpu)})`, column: 'CPU' },
          { expr: `topk(50, ${byWorkload(memory)})`, column: 'Memory', unit: 'bytes' },
          {
            expr: `topk(50, ${byWorkload(`sum by (namespace, pod) (kube_pod_container_status_restarts_total{${ofPod}})`)})`,
            column: 'Restarts',
          },
        ],
      }),
    ],
  }
}

function pods(): Row {
  const top10 = (ofPods: string) =>
    `topk(10, ${ofPods} * on (namespace, pod) group_left (owner_name) ${ofSelectedDeployment})`
  return {
    title: 'Pods of the selected Deployments',
    panels: [
      graph({
        title: 'CPU usage by pod',
        description: 'Cores in use by pods of the selected Deployments, top 10.',
        unit: 'short',
        width: 8,
        queries: [{ expr: top10(cpu), legend: '{{pod}}' }],
      }),
      graph({
        title: 'Memory usage by pod',
        description: 'Working set of pods of the selected Deployments, top 10.',
        unit: 'bytes',
        width: 8,
        queries: [{ expr: top10(memory), legend: '{{pod}}' }],
      }),
      graph({
        title: 'Network traffic by pod',
        description: 'Bytes per second, received and sent together, top 10 pods.',
        unit: 'Bps',
        width: 8,
        queries: [
          {
            expr: top10(
              `(sum by (namespace, pod) (rate(container_network_receive_bytes_total{interface!="lo", ${ofPod}}[$__rate_interval])) + sum by (namespace, pod) (rate(container_network_transmit_bytes_total{interface!="lo", ${ofPod}}[$__rate_interval])))`,
            ),
            legend: '{{pod}}',
          },
        ],
      }),
    ],
  }
}

export const dashboard = defineDashboard({
  uid: 'workloads',
  title: 'Workloads',
  description: 'Deployments, StatefulSets and DaemonSets: missing replicas, rollouts, CPU and memory usage, pods.',
  tags: ['kubernetes'],
  variables: [namespaceVariable, deployment, podVariable],
  rows: [missing(), replicas(), usage(), pods()],
})
