import type { KubeObject } from '@platform/cluster'
import { type ComponentCheck, defineChecks, type ProofContext, type Sample } from '@platform/engine'
import { StillWarming, untilSettled } from '@platform/engine/settled'
import { joinProblems, quantity, scrapedWithinMs, valuesOf } from './common.ts'

/** cAdvisor discovers new containers every 10 to 15 seconds. */
export const CADVISOR_MS = 15_000

interface Pod extends KubeObject {
  readonly spec?: {
    readonly containers: readonly {
      readonly name: string
      readonly resources?: Readonly<Record<'limits' | 'requests', Readonly<Record<string, string>> | undefined>>
    }[]
  }
  readonly status?: {
    readonly containerStatuses?: readonly {
      readonly name: string
      readonly containerID?: string
      readonly state?: { readonly running?: { readonly startedAt?: string } }
    }[]
  }
}

interface Container {
  readonly key: string
  readonly name: string
  /** The UID of its pod. */
  readonly uid: string
  /** The runtime's container id, without the prefix `containerd://`. */
  readonly id: string
  readonly limits: Readonly<Record<string, string>>
  readonly requests: Readonly<Record<string, string>>
}

/** The guide's queries; their results must equal the pod specs. */
export const limitChecks = defineChecks([
  query({
    id: 'memory-limits',
    dependsOn: ofContainers('memory-limit'),
    name: 'container_spec_memory_limit_bytes is the memory limit of every container',
    async compare(context, containers) {
      const limit = await series(context, 'container_spec_memory_limit_bytes{container!=""}')
      const used = await series(context, 'container_memory_usage_bytes{container!=""}')
      const limited = containers.filter(({ limits }) => limits.memory)
      const problems = limited.flatMap((container) => [
        ...expectOne(limit, container, 'container_spec_memory_limit_bytes', quantity(container.limits.memory ?? '')),
        ...expectOne(used, container, 'container_memory_usage_bytes'),
      ])
      return { problems, summary: `${limited.length} containers with a limit` }
    },
  }),
  query({
    id: 'reservations',
    dependsOn: ofContainers('reservation', 'requests/memory'),
    name: 'container_spec_memory_reservation_limit_bytes exists and is 0; kube-state-metrics reports memory requests',
    async compare(context, containers) {
      const soft = await series(context, 'container_spec_memory_reservation_limit_bytes{container!=""}')
      const reported = await series(context, 'kube_pod_container_resource_requests{resource="memory"}')
      const requested = containers.filter(({ requests }) => requests.memory)
      const problems = [
        ...containers.flatMap((one) => expectOne(soft, one, 'container_spec_memory_reservation_limit_bytes', 0)),
        ...requested.flatMap((one) =>
          expectOne(reported, one, 'kube_pod_container_resource_requests', quantity(one.requests.memory ?? '')),
        ),
      ]
      return { problems, summary: `${containers.length} containers, ${requested.length} with a request` }
    },
  }),
  query({
    id: 'cpu-limits',
    dependsOn: ofContainers('cpu-quota'),
    name: 'container_spec_cpu_quota / container_spec_cpu_period is the CPU limit of every container',
    async compare(context, containers) {
      const ratio = 'container_spec_cpu_quota{container!=""} / container_spec_cpu_period{container!=""}'
      const quota = await series(context, ratio)
      const used = await series(context, 'container_cpu_usage_seconds_total{container!=""}')
      const limited = containers.filter(({ limits }) => limits.cpu)
      const problems = [
        ...limited.flatMap((one) => expectOne(quota, one, 'CPU quota / period', quantity(one.limits.cpu ?? ''))),
        ...containers.flatMap((one) => expectOne(used, one, 'container_cpu_usage_seconds_total')),
      ]
      return { problems, summary: `${limited.length} containers with a limit` }
    },
  }),
  query({
    id: 'old-labels',
    dependsOn: ofContainers('memory-limit', 'reservation', 'old-labels'),
    name: "the guide's queries by container_name return every container",
    async compare(context, containers) {
      const { oldLabels } = valuesOf(context).compatibility
      const metrics = ['container_spec_memory_limit_bytes', 'container_spec_memory_reservation_limit_bytes']
      const all = await Promise.all(
        metrics.map(async (metric) => {
          const samples = await (await context.prometheus()).query(`${metric}{container_name!=""}`)
          if (!oldLabels)
            return samples.length
              ? [`${metric} has the label container_name, although compatibility.oldLabels is off`]
              : []
          const old = byContainer(samples, 'pod_name', 'container_name')
          return containers.flatMap((container) => expectOne(old, container, `${metric} by container_name`))
        }),
      )
      return {
        problems: all.flat(),
        summary: oldLabels ? `${containers.length} containers` : 'compatibility.oldLabels is off',
      }
    },
  }),
])

interface LimitQuery extends Pick<ComponentCheck, 'id' | 'name' | 'dependsOn'> {
  compare(
    context: ProofContext,
    containers: readonly Container[],
  ): Promise<{ readonly problems: readonly string[]; readonly summary: string }>
}

function query({ id, name, dependsOn, compare }: LimitQuery): ComponentCheck {
  return {
    ...{ id, name, dependsOn, timeoutMs: 60_000 },
    hint: "pnpm -s kubectl get --raw '/api/v1/namespaces/monitoring/services/prometheus-server:80/proxy/api/v1/query?query=container_spec_memory_limit_bytes'",
    async run(context) {
      const compared = async () => {
        const containers = await runningContainers(context)
        if (!containers.length) throw new StillWarming('no container of the platform has been running long enough yet')
        const { problems, summary } = await compare(context, containers)
        if (problems.length) throw new Error(joinProblems(problems))
        return summary
      }
      return untilSettled(context, compared, { metrics: { lagMs: CADVISOR_MS } })
    },
  }
}

/** The subjects of these checks. */
function ofContainers(...series: readonly string[]): readonly string[] {
  return ['prometheus/server', 'prometheus/targets', 'containers', ...series.map((name) => `prometheus/series/${name}`)]
}

/** Containers that are past their warm-up, in all namespaces with pods of the platform. */
async function runningContainers(context: ProofContext): Promise<Container[]> {
  const { api } = context
  const settledMs = CADVISOR_MS + scrapedWithinMs(context) / 2
  const pods = await api.list<Pod>('/api/v1/pods', { fields: 'status.phase=Running' })
  const managed = pods.filter(
    ({ metadata }) => metadata.labels?.['app.kubernetes.io/part-of'] === 'observable-platform',
  )
  const namespaces = new Set(managed.map(({ metadata }) => metadata.namespace))
  return pods
    .filter(({ metadata }) => namespaces.has(metadata.namespace) && !('deletionTimestamp' in metadata))
    .flatMap((pod) =>
      (pod.spec?.containers ?? [])
        .filter(({ name }) => isSettled(pod, name, settledMs))
        .map(({ name, resources }) => ({
          ...{ key: `${pod.metadata.namespace}/${pod.metadata.name}/${name}`, name },
          ...{ uid: pod.metadata.uid ?? '', id: runtimeId(pod, name) },
          ...{ limits: resources?.limits ?? {}, requests: resources?.requests ?? {} },
        })),
    )
}

function statusOf({ status }: Pod, container: string) {
  return status?.containerStatuses?.find(({ name }) => name === container)
}

function runtimeId(pod: Pod, container: string): string {
  return statusOf(pod, container)?.containerID?.replace(/^.*:\/\//, '') ?? ''
}

function isSettled(pod: Pod, container: string, settledMs: number): boolean {
  const startedAt = statusOf(pod, container)?.state?.running?.startedAt
  return startedAt !== undefined && Date.now() - Date.parse(startedAt) > settledMs
}

async function series(context: ProofContext, promql: string): Promise<Map<string, Sample[]>> {
  return byContainer(await (await context.prometheus()).query(promql), 'pod', 'container')
}

function byContainer(samples: readonly Sample[], pod: string, container: string): Map<string, Sample[]> {
  const found = new Map<string, Sample[]>()
  for (const sample of samples) {
    const key = `${sample.labels.namespace}/${sample.labels[pod]}/${sample.labels[container]}`
    found.set(key, [...(found.get(key) ?? []), sample])
  }
  return found
}

/** Expects exactly one series of the container, with the value if one is given. */
function expectOne(found: Map<string, Sample[]>, container: Container, metric: string, value?: number): string[] {
  const { key } = container
  const samples = (found.get(key) ?? []).filter((sample) => isOf(sample, container))
  if (samples.length !== 1) return [`${key}: ${samples.length} series of ${metric}, expected 1`]
  const [sample] = samples
  if (value === undefined || sample === undefined || isNear(sample.value, value)) return []
  return [`${key}: ${metric} is ${sample.value}, expected ${value} from its spec`]
}

/**
 * Whether a series belongs to this container, and not to an earlier one of the same name: Prometheus returns series that
 * ended during its own downtime for another five minutes. kube-state-metrics has the pod's UID, cAdvisor a cgroup with the
 * container id.
 */
export function isOf(
  { labels: { uid, id } }: Pick<Sample, 'labels'>,
  container: Pick<Container, 'uid' | 'id'>,
): boolean {
  if (uid !== undefined) return uid === container.uid
  return id === undefined || id.includes(container.id)
}

/** The kernel rounds memory limits to pages, and CPU quotas to a thousandth of the period. */
export function isNear(a: number, b: number): boolean {
  return a === b || (b >= 1e6 ? Math.abs(a - b) <= 65536 : Math.abs(a - b) < 0.0011)
}
