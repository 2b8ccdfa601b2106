import { quantity } from '@platform/core/quantity'
import type { ComponentCheck, ProofContext, Sample } from '@platform/engine'
import { untilSettled } from '@platform/engine/settled'
import { mysqlPod, storageValues } from '../mysql.ts'

/** How long a replaced pod takes to appear in the metrics that Prometheus scrapes. */
const kubeletMs = 15_000
const timeoutMs = 75_000
const needs = ['prometheus']

export const exporterCheck: ComponentCheck = {
  id: 'exporter',
  dependsOn: [
    'mysql/server',
    'mysql/accounts/exporter',
    'mysql/exporter',
    'prometheus/server',
    'prometheus/targets/mysqld-exporter',
  ],
  name: 'Prometheus has mysql_up 1, scraped by the job mysqld-exporter',
  timeoutMs,
  needs,
  hint: 'pnpm -s kubectl get service mysql-release-exporter -n storage -o yaml',
  async run(context) {
    const { namespace } = context.component
    const query = `mysql_up{namespace="${namespace}",job="mysqld-exporter"}`
    await agree(context, query, 1)
    return `${query} is 1`
  },
}

export const limitCheck: ComponentCheck = {
  id: 'memory-limit',
  dependsOn: [
    'mysql/server',
    'mysql/limits',
    'prometheus/server',
    'prometheus/targets/cadvisor',
    'prometheus/series/memory-limit',
    'prometheus/series/old-labels',
  ],
  name: "the container's memory limit in Prometheus matches the release",
  timeoutMs,
  needs,
  hint: 'pnpm plan storage',
  async run(context) {
    const { release, namespace } = context.component
    const wanted = quantity(storageValues(context).resources.limits.memory ?? '')
    const pod = await mysqlPod(context)
    const metric = 'container_spec_memory_limit_bytes'
    const place = `namespace="${namespace}"`
    await agree(context, `${metric}{${place},pod="${pod}",container="${release}"}`, wanted)
    // The labels from before Kubernetes 1.16 can be disabled in Prometheus' configuration.
    const old = await (await context.prometheus()).query(`count(${metric}{container_name!=""})`)
    if (!old.length) return `${wanted} bytes; the old label container_name is disabled`
    await agree(context, `${metric}{${place},container_name="${release}"}`, wanted)
    return `${wanted} bytes, by container and by container_name`
  },
}

export const requestsCheck: ComponentCheck = {
  id: 'requests',
  dependsOn: [
    'mysql/server',
    'mysql/requests',
    'prometheus/server',
    'prometheus/targets/kube-state-metrics',
    'prometheus/series/requests',
  ],
  name: "the container's requests in Prometheus match the release",
  timeoutMs,
  needs,
  hint: 'pnpm plan storage',
  async run(context) {
    const { release, namespace } = context.component
    const pod = await mysqlPod(context)
    const { requests } = storageValues(context).resources
    const labels = `namespace="${namespace}",pod="${pod}",container="${release}"`
    for (const resource of ['memory', 'cpu']) {
      const query = `kube_pod_container_resource_requests{${labels},resource="${resource}"}`
      await agree(context, query, quantity(requests[resource] ?? ''))
    }
    return `memory ${requests.memory}, cpu ${requests.cpu}`
  },
}

/** Throws, with Prometheus' value, unless the query returns samples that all have this value. */
async function agree(context: ProofContext, query: string, wanted: number): Promise<void> {
  const prometheus = await context.prometheus()
  const agreed = async () => {
    const samples = await prometheus.query(query)
    if (agrees(samples, wanted)) return
    const actual = samples.map(({ value }) => value).join(', ') || 'no such series'
    throw new Error(`expected ${query} to be ${wanted}; Prometheus has ${actual}`)
  }
  await untilSettled(context, agreed, { metrics: { lagMs: kubeletMs } })
}

/** There are samples, and all have this value. */
export function agrees(samples: readonly Pick<Sample, 'value'>[], wanted: number): boolean {
  return samples.length > 0 && samples.every(({ value }) => Math.abs(value - wanted) <= Math.abs(wanted) * 1e-9)
}
