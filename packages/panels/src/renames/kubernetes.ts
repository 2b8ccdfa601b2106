import type { MetricRename, Renames } from './types.ts'

const million = 1e6

/** Source: CHANGELOG-1.18, "deprecated metrics are removed": the new names were there from 1.14 on, the old ones until 1.17. */
export const kubernetes114: Renames = {
  since: 'Kubernetes 1.14',
  metrics: [
    ...microseconds('apiserver_request_latencies', 'apiserver_request_duration_seconds'),
    quantiles('apiserver_request_latencies_summary', 'apiserver_request_duration_seconds'),
    { from: 'apiserver_request_count', to: 'apiserver_request_total' },
    { from: 'apiserver_dropped_requests', to: 'apiserver_dropped_requests_total' },
    ...microseconds('kubelet_pod_worker_latency_microseconds', 'kubelet_pod_worker_duration_seconds'),
    ...microseconds('kubelet_pod_worker_start_latency_microseconds', 'kubelet_pod_worker_start_duration_seconds'),
    ...microseconds('kubelet_pod_start_latency_microseconds', 'kubelet_pod_start_duration_seconds'),
    ...microseconds('kubelet_cgroup_manager_latency_microseconds', 'kubelet_cgroup_manager_duration_seconds'),
    ...microseconds('kubelet_pleg_relist_latency_microseconds', 'kubelet_pleg_relist_duration_seconds'),
    ...microseconds('kubelet_pleg_relist_interval_microseconds', 'kubelet_pleg_relist_interval_seconds'),
    ...microseconds('kubelet_runtime_operations_latency_microseconds', 'kubelet_runtime_operations_duration_seconds'),
    { from: 'kubelet_runtime_operations', to: 'kubelet_runtime_operations_total' },
    { from: 'kubelet_runtime_operations_errors', to: 'kubelet_runtime_operations_errors_total' },
    { from: 'rest_client_request_latency_seconds*', to: 'rest_client_request_duration_seconds*' },
    ...microseconds('scheduler_binding_latency_microseconds', 'scheduler_binding_duration_seconds'),
    ...microseconds(
      'scheduler_scheduling_algorithm_latency_microseconds',
      'scheduler_scheduling_algorithm_duration_seconds',
    ),
    ...microseconds('kubeproxy_sync_proxy_rules_latency_microseconds', 'kubeproxy_sync_proxy_rules_duration_seconds'),
  ],
  // The dockershim's; it went with Kubernetes 1.24.
  gone: [
    '',
    '_errors',
    '_timeout',
    '_latency_microseconds',
    '_latency_microseconds_sum',
    '_latency_microseconds_count',
  ].map((end) => ({
    name: `kubelet_docker_operations${end}`,
    why: 'the kubelet does not speak to Docker any more; kubelet_runtime_operations_total, _errors_total and _duration_seconds are of the runtime that it has',
  })),
}

/** Source: CHANGELOG-1.16, "Metrics Changes". */
export const kubernetes116: Renames = {
  since: 'Kubernetes 1.16',
  labels: [
    { of: 'container_', from: 'container_name', to: ['container'] },
    { of: 'container_', from: 'pod_name', to: ['pod'] },
    { of: 'kubelet_', from: 'container_name', to: ['container'] },
    { of: 'kubelet_', from: 'pod_name', to: ['pod'] },
  ],
}

/** Source: CHANGELOG-1.19 (#92407). */
export const kubernetes119: Renames = {
  since: 'Kubernetes 1.19',
  metrics: [
    { from: 'kubelet_running_pod_count', to: 'kubelet_running_pods' },
    { from: 'kubelet_running_container_count', to: 'kubelet_running_containers' },
  ],
}

/** Of 1.14 to 1.22 it was scheduler_e2e_scheduling_duration_seconds. */
export const kubernetes123: Renames = {
  since: 'Kubernetes 1.23',
  metrics: [
    ...microseconds('scheduler_e2e_scheduling_latency_microseconds', 'scheduler_scheduling_attempt_duration_seconds'),
    { from: 'scheduler_e2e_scheduling_duration_seconds*', to: 'scheduler_scheduling_attempt_duration_seconds*' },
  ],
}

/** A summary or histogram in microseconds that became a histogram in seconds. */
function microseconds(from: string, to: string): MetricRename[] {
  return [
    quantiles(from, to),
    { from: `${from}_bucket`, to: `${to}_bucket`, bounds: million },
    { from: `${from}_sum`, to: `${to}_sum`, times: million },
    { from: `${from}_count`, to: `${to}_count` },
  ]
}

function quantiles(from: string, to: string): MetricRename {
  return { from, to: `${to}_bucket`, quantiles: true, times: million }
}
