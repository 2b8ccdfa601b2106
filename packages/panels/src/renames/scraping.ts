import type { Renames } from './types.ts'

/**
 * What example configurations of Prometheus called the labels of nodes, pods and Services, which many dashboards of the
 * time are made for. What is in their place depends on the configuration that runs: the first that a metric has.
 */
export const scraping: Renames = {
  labels: [
    { of: '', from: 'kubernetes_io_hostname', to: ['node', 'instance'] },
    { of: '', from: 'kubernetes_node', to: ['node', 'instance'] },
    { of: '', from: 'kubernetes_namespace', to: ['namespace'] },
    { of: '', from: 'kubernetes_pod_name', to: ['pod'] },
    { of: '', from: 'kubernetes_name', to: ['service'] },
    { of: '', from: 'kubernetes_container_name', to: ['container'] },
    { of: '', from: 'exported_namespace', to: ['namespace'] },
    { of: '', from: 'exported_pod', to: ['pod'] },
    { of: '', from: 'node_name', to: ['node'] },
    { of: '', from: 'nodename', to: ['node', 'instance'] },
    { of: '', from: 'node', to: ['instance'] },
    { of: '', from: 'app', to: ['app_kubernetes_io_name'] },
  ],
}
