import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { problemOf } from '../src/promql.ts'
import { type Rewriting, rewritePromql } from '../src/proof/index.ts'
import { knownRenames, newLabels, newNameOf, whyGone } from '../src/renames/index.ts'

/** The old name, and what it is now, with the labels that say what the name said. */
const renames: readonly [old: string, now: string | undefined, labels?: Readonly<Record<string, string>>][] = [
  ['node_cpu', 'node_cpu_seconds_total'],
  ['node_memory_MemFree', 'node_memory_MemFree_bytes'],
  ['node_filesystem_size', 'node_filesystem_size_bytes'],
  ['node_disk_bytes_read', 'node_disk_read_bytes_total'],
  ['node_network_receive_bytes', 'node_network_receive_bytes_total'],
  ['node_boot_time', 'node_boot_time_seconds'],
  ['node_disk_io_time_ms', 'node_disk_io_time_seconds_total'],
  [
    'kube_pod_container_resource_requests_cpu_cores',
    'kube_pod_container_resource_requests',
    { resource: 'cpu', unit: 'core' },
  ],
  [
    'kube_pod_container_resource_limits_memory_bytes',
    'kube_pod_container_resource_limits',
    { resource: 'memory', unit: 'byte' },
  ],
  ['kube_node_status_capacity_cpu_cores', 'kube_node_status_capacity', { resource: 'cpu', unit: 'core' }],
  ['kube_node_status_allocatable_pods', 'kube_node_status_allocatable', { resource: 'pods', unit: 'integer' }],
  ['kube_hpa_spec_max_replicas', 'kube_horizontalpodautoscaler_spec_max_replicas'],
  ['traefik_backend_requests_total', 'traefik_service_requests_total'],
  ['traefik_backend_request_duration_seconds_bucket', 'traefik_service_request_duration_seconds_bucket'],
  ['apiserver_request_count', 'apiserver_request_total'],
  ['kubelet_running_pod_count', 'kubelet_running_pods'],
  ['kubelet_pleg_relist_latency_microseconds', 'kubelet_pleg_relist_duration_seconds_bucket'],
  ['kubelet_cgroup_manager_latency_microseconds_sum', 'kubelet_cgroup_manager_duration_seconds_sum'],
  ['scheduler_binding_latency_microseconds_bucket', 'scheduler_binding_duration_seconds_bucket'],
  ['scheduler_e2e_scheduling_latency_microseconds_count', 'scheduler_scheduling_attempt_duration_seconds_count'],
  ['rest_client_request_latency_seconds_bucket', 'rest_client_request_duration_seconds_bucket'],
  ['node_load1', undefined],
  ['node_cpu_seconds_total', undefined],
  ['kube_node_status_capacity', undefined],
]

for (const [old, now, labels] of renames) {
  test(`${old} is ${now ?? 'what it was'}`, () => {
    const found = newNameOf(old)
    assert.is(found?.name, now)
    if (labels) assert.equal(found?.rename.with, labels)
  })
}

test('no row of the tables says nothing, and no name stands twice', () => {
  const rows = knownRenames.flatMap(({ metrics = [] }) => metrics)
  assert.equal(
    rows.filter(({ from, to }) => from === to),
    [],
  )
  const names = rows.map(({ from }) => from)
  assert.equal(
    names.filter((name, n) => names.indexOf(name) !== n),
    [],
  )
})

test('labels are renamed where their metrics carry them', () => {
  const of = (metric: string, label: string) => newLabels(metric, label).map((each) => each.label)
  assert.equal(of('container_memory_usage_bytes', 'pod_name'), ['pod'])
  assert.equal(of('container_memory_usage_bytes', 'container_name'), ['container'])
  assert.equal(of('something_else', 'pod_name'), [])
  assert.equal(of('container_cpu_usage_seconds_total', 'kubernetes_io_hostname'), ['node', 'instance'])
  assert.equal(of('traefik_entrypoint_requests_total', 'method'), [])
  assert.match(newLabels('container_x', 'pod_name')[0]?.since ?? '', /^since Kubernetes 1\.16$/)
})

test('what has no new name is told why it is gone', () => {
  assert.match(whyGone('kube_pod_labels') ?? '', /--metric-labels-allowlist=pods/)
  assert.match(whyGone('kubelet_docker_operations_errors') ?? '', /kubelet_runtime_operations_total/)
  assert.is(whyGone('up'), undefined)
  assert.is(newNameOf('kubelet_running_pod_count')?.since, 'since Kubernetes 1.19')
})

const cpu: Rewriting = { metrics: { node_cpu: { name: 'node_cpu_seconds_total' } } }
const pods: Rewriting = { labels: { a: { pod_name: 'pod', container_name: 'container' } } }

const rewritings: readonly [name: string, expr: string, rewriting: Rewriting, wanted: string][] = [
  ['a name', 'node_cpu', cpu, 'node_cpu_seconds_total'],
  ['with its matchers', 'rate(node_cpu{mode="idle"}[5m])', cpu, 'rate(node_cpu_seconds_total{mode="idle"}[5m])'],
  [
    'in every place, and not in longer names, strings and labels',
    'node_cpu + node_cpu_x{node_cpu="node_cpu"} + node_cpu',
    cpu,
    'node_cpu_seconds_total + node_cpu_x{node_cpu="node_cpu"} + node_cpu_seconds_total',
  ],
  ['a name that is a matcher', '{__name__="node_cpu"}', cpu, '{__name__="node_cpu_seconds_total"}'],
  [
    'labels that say what the name said',
    'sum(a_cpu_cores) / sum(a_cpu_cores{x="1"})',
    { metrics: { a_cpu_cores: { name: 'a', with: { resource: 'cpu' } } } },
    'sum(a{resource="cpu"}) / sum(a{x="1", resource="cpu"})',
  ],
  ['a label in a matcher', 'a{pod_name=~"x.*"}', pods, 'a{pod=~"x.*"}'],
  ['a label of another metric stays', 'b{pod_name="x"}', pods, 'b{pod_name="x"}'],
  ['labels of groups', 'sum(a) by (pod_name, x)', pods, 'sum(a) by (pod, x)'],
  ['labels of joins', 'a * on (pod_name) group_left (container_name) b', pods, 'a * on (pod) group_left (container) b'],
  [
    'a label that label_replace reads, not the one that it makes',
    'label_replace(a, "pod_name", "$1", "pod_name", "(.*)")',
    pods,
    'label_replace(a, "pod_name", "$1", "pod", "(.*)")',
  ],
  ['labels that label_join reads', 'label_join(a, "x", "-", "pod_name")', pods, 'label_join(a, "x", "-", "pod")'],
  [
    'milliseconds that are seconds now, round the rate',
    'sum(rate(t_ms{x="1"}[5m])) / 2',
    { metrics: { t_ms: { name: 't_seconds_total', times: 1000 } } },
    'sum((rate(t_seconds_total{x="1"}[5m]) * 1000)) / 2',
  ],
  [
    'and round the bare metric, with its new labels inside',
    't_ms',
    { metrics: { t_ms: { name: 't_seconds', times: 1000, with: { a: 'b' } } } },
    '(t_seconds{a="b"} * 1000)',
  ],
  [
    'without a matcher that nothing fits',
    'a{x="1", y!="2"}',
    { drop: (metric, { label }) => metric === 'a' && label === 'x' },
    'a{y!="2"}',
  ],
  ['without the only one', 'a{x="1"}', { drop: () => true }, 'a'],
  [
    'a quantile of a summary that is a histogram now',
    'max(old{quantile="0.99", verb="GET"}) / 1000',
    { metrics: { old: { name: 'new_bucket', quantiles: true, times: 1e6 } } },
    'max((histogram_quantile(0.99, sum by (le) (rate(new_bucket{verb="GET"}[5m]))) * 1000000)) / 1000',
  ],
  [
    'microseconds of buckets that are seconds now, round the quantile',
    'histogram_quantile(0.9, sum by (le) (rate(old_bucket[5m]))) / 1e3',
    { metrics: { old_bucket: { name: 'new_bucket', bounds: 1e6 } } },
    '(histogram_quantile(0.9, sum by (le) (rate(new_bucket[5m]))) * 1000000) / 1e3',
  ],
  [
    'and in the bound of a bucket',
    'rate(old_bucket{le="250000"}[5m])',
    { metrics: { old_bucket: { name: 'new_bucket', bounds: 1e6 } } },
    'rate(new_bucket{le="0.25"}[5m])',
  ],
  ['nothing', 'sum by (a) (b{c="d"})', {}, 'sum by (a) (b{c="d"})'],
]

for (const [name, expr, rewriting, wanted] of rewritings) {
  test(`rewrites ${name}`, () => {
    assert.is(rewritePromql(expr, rewriting), wanted)
    assert.is(problemOf(wanted), undefined)
  })
}

test.run()
