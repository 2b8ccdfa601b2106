import type { MetricRename, Renames } from './types.ts'

/** Source: Kubernetes' CHANGELOG-1.16, "Metrics Changes"; the names of before were deprecated in 1.14. */
export const kubernetes116: Renames = {
  since: 'Kubernetes 1.16',
  labels: [
    { of: 'container_', from: 'container_name', to: ['container'] },
    { of: 'container_', from: 'pod_name', to: ['pod'] },
    { of: 'kubelet_', from: 'container_name', to: ['container'] },
    { of: 'kubelet_', from: 'pod_name', to: ['pod'] },
  ],
  metrics: [
    ...microseconds('apiserver_request_latencies', 'apiserver_request_duration_seconds'),
    { from: 'apiserver_request_latencies_bucket', to: 'apiserver_request_duration_seconds_bucket' },
    { from: 'apiserver_request_count', to: 'apiserver_request_total' },
    { from: 'apiserver_dropped_requests', to: 'apiserver_dropped_requests_total' },
    ...microseconds('kubelet_pod_worker_latency_microseconds', 'kubelet_pod_worker_duration_seconds'),
    ...microseconds('kubelet_pod_start_latency_microseconds', 'kubelet_pod_start_duration_seconds'),
    ...microseconds('kubelet_pleg_relist_latency_microseconds', 'kubelet_pleg_relist_duration_seconds'),
    ...microseconds('kubelet_runtime_operations_latency_microseconds', 'kubelet_runtime_operations_duration_seconds'),
    { from: 'kubelet_runtime_operations', to: 'kubelet_runtime_operations_total' },
    { from: 'kubelet_runtime_operations_errors', to: 'kubelet_runtime_operations_errors_total' },
    { from: 'kubelet_running_pod_count', to: 'kubelet_running_pods' },
    { from: 'kubelet_running_container_count', to: 'kubelet_running_containers' },
    { from: 'rest_client_request_latency_seconds*', to: 'rest_client_request_duration_seconds*' },
    { from: 'scheduler_e2e_scheduling_latency_microseconds*', to: 'scheduler_scheduling_attempt_duration_seconds*' },
    { from: 'kubeproxy_sync_proxy_rules_latency_microseconds*', to: 'kubeproxy_sync_proxy_rules_duration_seconds*' },
  ],
}

/** A summary in microseconds that became a histogram in seconds. */
function microseconds(from: string, to: string): MetricRename[] {
  return [
    { from: `${from}_sum`, to: `${to}_sum`, times: 1e6 },
    { from: `${from}_count`, to: `${to}_count` },
  ]
}
