import {
  anyIsBad,
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
 * Whose each pod is: 1 for each namespace, pod, kind and name of its workload. A pod of a Deployment belongs to a ReplicaSet,
 * and this to the Deployment; all others name their workload themselves.
 */
const owners = `max by (namespace, pod, owner_kind, owner_name) (kube_pod_owner{${ofPod}, owner_kind!="ReplicaSet"} or label_join(kube_pod_owner{${ofPod}, owner_kind="ReplicaSet"}, "replicaset", "", "owner_name") * on (namespace, replicaset) group_left (owner_kind, owner_name) max by (namespace, replicaset, owner_kind, owner_name) (kube_replicaset_owner{${ofNamespace}}))`

/** Sums something that pods have by their workload. */
function byWorkload(ofPods: string): string {
  return `sum by (namespace, owner_kind, owner_name) (${ofPods} * on (namespace, pod) group_left (owner_kind, owner_name) ${owners})`
}

/** The pods of the chosen Deployments, for what pods have. */
const ofChosenDeployment = owners
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
    stat({ title, description, unit: 'short', width: 6, queries: [{ expr }], thresholds: anyIsBad })
  return {
    title: 'What is missing',
    panels: [
      number(
        'Replicas of Deployments',
        'Pods of the chosen Deployments that are wanted and not available.',
        `sum(kube_deployment_status_replicas_unavailable{${ofDeployment}}) or vector(0)`,
      ),
      number(
        'Replicas of StatefulSets',
        'Pods of StatefulSets that are wanted and not ready.',
        `(sum(kube_statefulset_replicas{${ofNamespace}}) - sum(kube_statefulset_status_replicas_ready{${ofNamespace}})) or vector(0)`,
      ),
      number(
        'Pods of DaemonSets',
        'Nodes on which a DaemonSet should have a pod and has none that is available.',
        `sum(kube_daemonset_status_number_unavailable{${ofNamespace}}) or vector(0)`,
      ),
      number(
        'Pods that wait',
        'Pods that are not placed on a node, or not started there.',
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
        title: 'Replicas of Deployments, wanted and ready',
        description: 'Of the chosen Deployments: how many pods are wanted, and how many are ready. The ten largest.',
        unit: 'short',
        min: 0,
        queries: [
          {
            expr: `topk(10, sum by (namespace, deployment) (kube_deployment_spec_replicas{${ofDeployment}}))`,
            legend: '{{namespace}}/{{deployment}} wanted',
          },
          {
            expr: `topk(10, sum by (namespace, deployment) (kube_deployment_status_replicas_ready{${ofDeployment}}))`,
            legend: '{{namespace}}/{{deployment}} ready',
          },
        ],
      }),
      graph({
        title: 'Deployments that roll out',
        description: 'Pods that are not of the newest version yet: more than 0 for long is a rollout that hangs.',
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
        description: 'Pods of each StatefulSet: wanted, ready, of the newest version.',
        unit: 'short',
        width: 12,
        queries: columns((metric) => `sum by (namespace, statefulset) (${metric}{${ofNamespace}})`, {
          kube_statefulset_replicas: 'Wanted',
          kube_statefulset_status_replicas_ready: 'Ready',
          kube_statefulset_status_replicas_updated: 'Newest',
        }),
      }),
      table({
        title: 'DaemonSets',
        description: 'Pods of each DaemonSet: wanted, ready, and on nodes where they should not be.',
        unit: 'short',
        width: 12,
        queries: columns((metric) => `sum by (namespace, daemonset) (${metric}{${ofNamespace}})`, {
          kube_daemonset_status_desired_number_scheduled: 'Wanted',
          kube_daemonset_status_number_ready: 'Ready',
          kube_daemonset_status_number_misscheduled: 'Misplaced',
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
        title: 'CPU by workload',
        description: 'Cores that the pods of each Deployment, StatefulSet, DaemonSet and Job use: the ten with most.',
        unit: 'short',
        stack: true,
        queries: [{ expr: `topk(10, ${byWorkload(cpu)})`, legend: workload }],
      }),
      graph({
        title: 'Memory by workload',
        description: 'Working set of the pods of each workload: the ten with most.',
        unit: 'bytes',
        stack: true,
        queries: [{ expr: `topk(10, ${byWorkload(memory)})`, legend: workload }],
      }),
      table({
        title: 'Workloads',
        description:
          'Pods of each workload, what they use, and how often their containers were started again. 50 at most.',
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
  const ofThem = (ofPods: string) =>
    `topk(10, ${ofPods} * on (namespace, pod) group_left (owner_name) ${ofChosenDeployment})`
  return {
    title: 'Pods of the chosen Deployments',
    panels: [
      graph({
        title: 'CPU of their pods',
        description: 'Cores in use by pods of the chosen Deployments: the ten with most.',
        unit: 'short',
        width: 8,
        queries: [{ expr: ofThem(cpu), legend: '{{pod}}' }],
      }),
      graph({
        title: 'Memory of their pods',
        description: 'Working set of pods of the chosen Deployments: the ten with most.',
        unit: 'bytes',
        width: 8,
        queries: [{ expr: ofThem(memory), legend: '{{pod}}' }],
      }),
      graph({
        title: 'Network of their pods',
        description: 'Bytes a second in and out together: the ten pods with most.',
        unit: 'Bps',
        width: 8,
        queries: [
          {
            expr: ofThem(
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
  description: 'Deployments, StatefulSets and DaemonSets of namespaces: what is missing, what they use, their pods.',
  tags: ['kubernetes'],
  variables: [namespaceVariable, deployment, podVariable],
  rows: [missing(), replicas(), usage(), pods()],
})
