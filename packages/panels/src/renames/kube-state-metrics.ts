import type { Gone, MetricRename, Renames } from './types.ts'

const resource = (name: string, unit: string) => ({ resource: name, unit })

/** `kube_…_cpu_cores` and its like: one metric now, and the resource is a label of it. */
function byResource(old: string, now: string, names: Readonly<Record<string, readonly [string, string]>>) {
  return Object.entries(names).map(
    ([suffix, [name, unit]]): MetricRename => ({
      ...{ from: `${old}_${suffix}`, to: now, with: resource(name, unit) },
    }),
  )
}

const cpuAndMemory = { cpu_cores: ['cpu', 'core'], memory_bytes: ['memory', 'byte'] } as const

const ofNodes = { ...cpuAndMemory, pods: ['pods', 'integer'] } as const

/** Source: kube-state-metrics, CHANGELOG of v2.0.0. */
export const kubeStateMetrics2: Renames = {
  since: 'kube-state-metrics 2',
  metrics: [
    ...byResource('kube_pod_container_resource_requests', 'kube_pod_container_resource_requests', cpuAndMemory),
    ...byResource('kube_pod_container_resource_limits', 'kube_pod_container_resource_limits', cpuAndMemory),
    ...byResource('kube_pod_init_container_resource_limits', 'kube_pod_init_container_resource_limits', cpuAndMemory),
    ...byResource(
      'kube_pod_init_container_resource_requests',
      'kube_pod_init_container_resource_requests',
      cpuAndMemory,
    ),
    ...byResource('kube_node_status_capacity', 'kube_node_status_capacity', ofNodes),
    ...byResource('kube_node_status_allocatable', 'kube_node_status_allocatable', ofNodes),
    { from: 'kube_hpa_*', to: 'kube_horizontalpodautoscaler_*', labels: { hpa: 'horizontalpodautoscaler' } },
    { from: 'kube_daemonset_updated_number_scheduled', to: 'kube_daemonset_status_updated_number_scheduled' },
  ],
  labels: [
    // 1.x told whose a series is by these where Prometheus' own labels were in the way.
    { of: 'kube_', from: 'exported_namespace', to: ['namespace'] },
    { of: 'kube_', from: 'exported_pod', to: ['pod'] },
    { of: 'kube_', from: 'exported_container', to: ['container'] },
    { of: 'kube_', from: 'exported_node', to: ['node'] },
  ],
  gone: [
    'pod',
    'deployment',
    'service',
    'namespace',
    'daemonset',
    'statefulset',
    'ingress',
    'job',
    'persistentvolumeclaim',
  ]
    .map(
      (kind): Gone => ({
        name: `kube_${kind}_labels`,
        why: `since version 2 it is there only for labels that --metric-labels-allowlist=${kind}s=[…] names`,
      }),
    )
    .concat({ name: 'kube_node_spec_unschedulable_total', why: 'it has no successor' }),
}
