import type { KubeObject } from '@platform/cluster'
import { type ComponentCheck, defineChecks, type ProofContext } from '@platform/engine'
import { StillWarming, untilSettled } from '@platform/engine/settled'
import { joinProblems, scrapedWithinMs, valuesOf } from './common.ts'
import { renderedObjects } from './deployed.ts'

interface Target {
  readonly labels: Readonly<Record<string, string>>
  readonly health: string
  readonly lastError: string
  readonly scrapeUrl: string
}

interface EndpointSlice extends KubeObject {
  /** Null where the Service selects no pod. */
  readonly endpoints?:
    | readonly {
        readonly addresses: readonly string[]
        readonly conditions?: { readonly ready?: boolean }
        readonly targetRef?: { readonly name?: string }
      }[]
    | null
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly lastTransitionTime?: string
}

interface Pod extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] }
}

/** Targets that must be up: a number of targets of a job, or one for each of these values of a label. */
interface Expected {
  readonly job: string
  readonly count?: number
  readonly label?: string
  readonly values?: readonly string[]
  readonly of: string
}

/** Every expected target is discovered by its job and up. */
export const targets: ComponentCheck = {
  id: 'targets',
  dependsOn: ['prometheus/server', 'prometheus/targets', 'alertmanager/pod', 'alertmanager/service'],
  name: 'every expected target is up, in numbers that match the cluster',
  timeoutMs: 60_000,
  hint: "pnpm -s kubectl get --raw '/api/v1/namespaces/monitoring/services/prometheus-server:80/proxy/api/v1/targets?state=active'   # lastError of each",
  async run(context) {
    const services = await scrapedServices(context)
    return untilSettled(
      context,
      async () => {
        const [expected, active, recent] = await Promise.all([
          expectations(context, services),
          activeTargets(context),
          recentPods(context),
        ])
        const problems = expected.flatMap((each) => missing(withoutPods(each, recent), active))
        if (problems.length) throw new Error(joinProblems(problems, maxProblems))
        const late = expected.flatMap((each) => missing(each, active))
        if (late.length) throw new StillWarming(joinProblems(late, maxProblems))
        const counts = expected.map(({ job, count, values }) => `${job} ${count ?? values?.length}`)
        return counts.join(', ')
      },
      { metrics: {} },
    )
  },
}

/** The most problems in one message, because one mistake can affect many jobs. */
const maxProblems = 10

export const targetChecks = defineChecks([targets])

/** The active targets of Prometheus. */
export async function activeTargets(context: ProofContext): Promise<readonly Target[]> {
  const prometheus = await context.prometheus()
  return (await prometheus.get<{ activeTargets: Target[] }>('targets?state=active')).activeTargets
}

/** Pods of the platform that became ready so recently that Prometheus may not have scraped them yet. */
async function recentPods(context: ProofContext): Promise<ReadonlySet<string>> {
  const pods = await context.api.list<Pod>('/api/v1/pods', { labels: 'app.kubernetes.io/part-of=observable-platform' })
  const since = Date.now() - scrapedWithinMs(context)
  const readySince = ({ status }: Pod) =>
    Date.parse(status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '')
  return new Set(pods.filter((pod) => readySince(pod) > since).map(({ metadata }) => metadata.name))
}

function withoutPods(expected: Expected, pods: ReadonlySet<string>): Expected {
  return expected.label === 'pod'
    ? { ...expected, values: expected.values?.filter((name) => !pods.has(name)) }
    : expected
}

/** The problems of the targets of one job. */
export function missing({ job, count, label, values, of }: Expected, active: readonly Target[]): string[] {
  const found = active.filter(({ labels }) => labels.job === job)
  const up = found.filter(({ health }) => health === 'up')
  const down = found.filter(({ health }) => health !== 'up')
  const reason = down
    .map(({ scrapeUrl, health, lastError }) => ` (${scrapeUrl} is ${health}: ${lastError})`)
    .slice(0, 1)
  if (label && values) {
    const have = up.map(({ labels }) => labels[label])
    const absent = values.filter((value) => !have.includes(value))
    if (absent.length) return [`${job}: no target is up for ${of} ${absent.join(', ')}${reason}`]
    const twice = values.filter((value) => have.filter((each) => each === value).length > 1)
    return twice.length ? [`${job}: ${of} ${twice.join(', ')} is scraped more than once`] : []
  }
  if (up.length === count) return []
  return [`${job}: ${up.length} of ${found.length} targets are up, expected ${count} (${of})${reason}`]
}

async function expectations(context: ProofContext, scraped: readonly KubeObject[]): Promise<Expected[]> {
  const { api } = context
  const { scrape, nodeExporter } = valuesOf(context)
  const [nodes, apiservers, services] = await Promise.all([
    api.list<KubeObject>('/api/v1/nodes'),
    readyEndpoints(context, 'default', 'kubernetes'),
    Promise.all(scraped.map((service) => podsOfService(context, service))),
  ])
  const names = nodes.map(({ metadata }) => metadata.name)
  const selector = Object.entries(nodeExporter.nodeSelector)
  const measured = nodes.filter(({ metadata }) => selector.every(([key, value]) => metadata.labels?.[key] === value))
  return [
    { job: 'prometheus', count: 1, of: 'Prometheus itself' },
    { job: 'alertmanager', count: 1, of: 'Alertmanager' },
    { job: 'kubernetes-apiservers', count: apiservers, of: 'endpoints of the Service default/kubernetes' },
    { job: 'kubernetes-nodes', label: 'node', values: names, of: 'node' },
    { job: 'kubernetes-cadvisor', label: 'node', values: names, of: 'node' },
    { job: 'node-exporter', label: 'node', values: measured.map(({ metadata }) => metadata.name), of: 'node' },
    { job: 'kube-state-metrics', count: 1, of: 'its Deployment' },
    ...(scrape.coredns.enabled ? [await dnsPods(context, scrape.coredns)] : []),
    ...services,
  ]
}

async function dnsPods({ api }: ProofContext, coredns: { namespace: string; app: string }): Promise<Expected> {
  const labels = `k8s-app=${coredns.app}`
  const pods = await api.list<Pod>(`/api/v1/namespaces/${coredns.namespace}/pods`, { labels })
  const ready = pods.filter(({ status }) =>
    status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
  )
  return { job: 'coredns', label: 'pod', values: ready.map(({ metadata }) => metadata.name), of: 'pod' }
}

/**
 * The Services of the other components that are annotated for scraping, according to their releases. A live Service that
 * lost its annotation is therefore detected.
 */
export async function scrapedServices(context: ProofContext): Promise<readonly KubeObject[]> {
  const { loadComponents } = await import('@platform/engine/live')
  // Targets of this component are expected by name.
  const others = (await loadComponents()).filter(({ name }) => name !== context.component.name)
  const objects = await Promise.all(others.map((each) => renderedObjects(context, each)))
  return annotatedServices(objects.flat())
}

/** The platform's Services that are annotated for scraping. Pure. */
export function annotatedServices(objects: readonly KubeObject[]): KubeObject[] {
  return objects.filter(
    ({ kind, metadata }) =>
      kind === 'Service' &&
      metadata.labels?.['app.kubernetes.io/part-of'] === 'observable-platform' &&
      metadata.annotations?.['prometheus.io/scrape'] === 'true',
  )
}

async function podsOfService(context: ProofContext, { metadata }: KubeObject): Promise<Expected> {
  const { name, namespace = '', labels } = metadata
  const job = labels?.['app.kubernetes.io/name'] ?? 'kubernetes-service-endpoints'
  return { job, label: 'pod', values: await endpointPods(context, namespace, name), of: `pod of the Service ${name}` }
}

async function slices({ api }: ProofContext, place: string, service: string) {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${place}/endpointslices`
  const found = await api.list<EndpointSlice>(path, { labels: `kubernetes.io/service-name=${service}` })
  return found.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false)
}

async function readyEndpoints(context: ProofContext, place: string, service: string): Promise<number> {
  const addresses = (await slices(context, place, service)).flatMap((endpoint) => endpoint.addresses)
  return new Set(addresses).size
}

async function endpointPods(context: ProofContext, place: string, service: string): Promise<string[]> {
  const names = (await slices(context, place, service)).map(({ targetRef }) => targetRef?.name)
  return [...new Set(names.filter((name): name is string => name !== undefined))]
}
