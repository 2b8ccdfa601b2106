import type { ComponentCheck, ProofContext, Sample } from '@platform/engine'
import { mysqlPod, storageValues } from './mysql.ts'
import { quantity } from './quantity.ts'

/** Two scrapes, and what news of a pod that was just replaced take to reach them: the kubelet looks every 15 seconds. */
const limitMs = 45_000
const needs = ['prometheus']

export const exporterCheck: ComponentCheck = {
  id: 'exporter',
  name: 'Prometheus has mysql_up 1, scraped by the job mysqld-exporter',
  limitMs,
  needs,
  hint: 'pnpm -s kubectl get service mysql-release-exporter -n storage -o yaml',
  async ask(context) {
    const { namespace } = context.component
    const query = `mysql_up{namespace="${namespace}",job="mysqld-exporter"}`
    await agree(context, query, 1)
    return `${query} is 1`
  },
}

export const limitCheck: ComponentCheck = {
  id: 'memory-limit',
  name: "the container's memory limit in Prometheus is that of the release",
  limitMs,
  needs,
  hint: 'pnpm plan storage',
  async ask(context) {
    const { release, namespace } = context.component
    const wanted = quantity(storageValues(context).resources.limits.memory ?? '')
    const pod = await mysqlPod(context)
    const metric = 'container_spec_memory_limit_bytes'
    const place = `namespace="${namespace}"`
    await agree(context, `${metric}{${place},pod="${pod}",container="${release}"}`, wanted)
    // The labels of the time before Kubernetes 1.16 can be switched off where Prometheus is set up.
    const old = await ask(context, `count(${metric}{container_name!=""})`, { expected: 'told', accept: () => true })
    if (!old.length) return `${wanted} bytes; the old label container_name is switched off`
    await agree(context, `${metric}{${place},container_name="${release}"}`, wanted)
    return `${wanted} bytes, by container and by container_name`
  },
}

export const requestsCheck: ComponentCheck = {
  id: 'requests',
  name: "the container's requests in Prometheus are those of the release",
  limitMs,
  needs,
  hint: 'pnpm plan storage',
  async ask(context) {
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

/** Asks until the query returns something, and nothing but this value. Throws with what it returned at last. */
async function agree(context: ProofContext, query: string, wanted: number): Promise<void> {
  await ask(context, query, { expected: String(wanted), accept: (samples) => agrees(samples, wanted) })
}

interface Expectation {
  readonly expected: string
  accept(samples: readonly Sample[]): boolean
}

async function ask(
  context: ProofContext,
  query: string,
  { expected, accept }: Expectation,
): Promise<readonly Sample[]> {
  const prometheus = await context.prometheus()
  let seen = 'no such series'
  try {
    return await context.until(`${query} to be ${expected}`, async () => {
      try {
        const samples = await prometheus.query(query)
        seen = samples.map(({ value }) => value).join(', ') || 'no such series'
        return accept(samples) ? samples : undefined
      } catch (error) {
        // It may be starting again: what it says at last is told.
        seen = `no answer: ${error instanceof Error ? error.message : String(error)}`
        return undefined
      }
    })
  } catch (error) {
    throw new Error(`expected ${query} to be ${expected}; Prometheus has ${seen}`, { cause: error })
  }
}

/** There is a sample, and all have this value. */
export function agrees(samples: readonly Pick<Sample, 'value'>[], wanted: number): boolean {
  return samples.length > 0 && samples.every(({ value }) => Math.abs(value - wanted) <= Math.abs(wanted) * 1e-9)
}
