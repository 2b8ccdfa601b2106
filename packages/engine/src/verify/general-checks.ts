import {
  type Api,
  type KubeObject,
  type LoadBalancerAnswer,
  loadBalancerAnswer,
  type Manifest,
  type PodObject,
  podTrouble,
  type ServiceObject,
} from '@platform/cluster'
import type { Check } from '@platform/core'
import type { Component } from '../component/component.ts'
import { isOfRelease } from '../diff/observe.ts'
import type { ObservedObject } from '../diff/types.ts'
import { unfinished, type Workload } from '../readiness/workloads.ts'
import type { ReleaseHistory } from '../release/types.ts'
import type { FindEndpoint } from './proof/capabilities.ts'

/** What the general checks look at: the release, and each of its objects as it is now. */
export interface ReleaseNow {
  readonly history: ReleaseHistory
  readonly objects: readonly ObservedObject[]
  /** What Helm renders into this chart's objects is not ours to judge by name. */
  readonly foreign: boolean
}

/** The ids of the checks that every component has, in their order: a pod waits for its volume, an address for a pod. */
export const generalCheckIds = ['release', 'claims', 'workloads', 'ingresses'] as const

/** What they see of a component, as its drills say what they touch. */
export function generalSees(component: string) {
  return generalCheckIds.map((id) => ({ id, dependsOn: [`${component}/${id}`] }))
}

export interface GeneralChecksInput {
  readonly api: Api
  readonly component: Component
  readonly endpoint: FindEndpoint
  /** Asked once: the checks look at the same moment. */
  readonly look: () => Promise<ReleaseNow>
  /** How near the images of these pods are to upstream, in a few words. */
  readonly images: (pods: readonly PodObject[]) => string
}

const workloadKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job'])

/** What is proved about every component, whatever it is. */
export function generalChecks({ api, component, endpoint, look, images }: GeneralChecksInput): Check[] {
  const { name, release, namespace } = component
  const now = async () => {
    const found = await look()
    if (!found.objects.length) throw new Error(`there is nothing of release ${release}: ${statusOf(found.history)}`)
    return found
  }
  return [
    {
      id: 'release',
      name: 'the release is deployed, and each of its objects is there',
      timeoutMs: 60_000,
      hint: `pnpm plan ${name}`,
      run: async () => judgeRelease(await look(), component),
    },
    {
      id: 'claims',
      name: 'its volumes are bound',
      timeoutMs: 60_000,
      hint: `pnpm kubectl get pvc --namespace ${namespace}`,
      async run() {
        const { objects } = await now()
        return judgeClaims(objects, await api.list<Workload>(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`))
      },
    },
    {
      id: 'workloads',
      name: 'its workloads are rolled out and ready, and no pod is in trouble',
      timeoutMs: 60_000,
      hint: `pnpm kubectl get pods --namespace ${namespace}`,
      async run() {
        const { objects } = await now()
        const pods = await api.list<OwnPod>(`/api/v1/namespaces/${namespace}/pods`)
        const said = judgeWorkloads(objects, pods)
        return `${said}; images: ${images(podsOfRelease(objects, pods))}`
      },
    },
    {
      id: 'ingresses',
      name: 'its Ingresses have the address of the load balancer',
      timeoutMs: 60_000,
      hint: 'pnpm kubectl get ingress --all-namespaces',
      async run() {
        const { objects } = await now()
        const at = await endpoint('ingress')
        const service =
          at && (await api.find<ServiceObject>(`/api/v1/namespaces/${at.namespace}/services/${at.service}`))
        const classes = await api.list<KubeObject>('/apis/networking.k8s.io/v1/ingressclasses')
        return judgeIngresses(objects, { service, classes, balancers: () => balancerAnswer(api) })
      },
    },
  ]
}

/** Whether a release has anything that the general check of this id is about. */
export function hasSubject(id: string | undefined, objects: readonly ObservedObject[]): boolean {
  if (id === 'workloads') return objects.some(({ wanted }) => workloadKinds.has(wanted.kind ?? ''))
  if (id === 'claims') return claimsOf(objects).length > 0
  if (id === 'ingresses') return objects.some(({ wanted }) => wanted.kind === 'Ingress')
  return true
}

function statusOf({ newest }: ReleaseHistory): string {
  return newest ? `revision ${newest.revision} is ${newest.status}` : 'it is not installed'
}

/** @throws Error unless the newest revision is deployed and its objects are there and its own */
export function judgeRelease({ history, objects }: ReleaseNow, component: Component): string {
  const { newest } = history
  if (newest?.status !== 'deployed')
    throw new Error(`expected release ${component.release} deployed: ${statusOf(history)}`)
  if (!objects.length) throw new Error(`release ${component.release} has no objects`)
  const missing = objects.filter(({ live }) => !live).map(({ wanted }) => fullName(wanted))
  const others = objects
    .filter(({ live }) => live && !isOfRelease(live, component))
    .map(({ wanted }) => fullName(wanted))
  const problems = [
    ...(missing.length ? [`not there: ${missing.join(', ')}`] : []),
    ...(others.length ? [`there, but not of this release: ${others.join(', ')}`] : []),
  ]
  if (problems.length) throw new Error(problems.join('; '))
  return `revision ${newest.revision}, ${objects.length} objects`
}

export interface OwnPod extends PodObject {
  readonly metadata: PodObject['metadata'] & { readonly deletionTimestamp?: string }
}

/** @throws Error with what a workload lacks, or a pod's own words */
export function judgeWorkloads(objects: readonly ObservedObject[], pods: readonly OwnPod[]): string {
  const workloads = objects.filter(({ wanted }) => workloadKinds.has(wanted.kind ?? ''))
  const problems = workloads.flatMap(({ wanted, live }) => {
    if (!live) return [`${fullName(wanted)} is not there`]
    const workload = live as Workload
    const own = pods.filter((pod) => !pod.metadata.deletionTimestamp && isSelected(pod, workload))
    const lacks = fewer(wanted as Workload, workload) ?? unfinished(workload)
    const troubles = wanted.kind === 'Job' ? [] : own.flatMap((pod) => podTrouble(pod) ?? [])
    if (!lacks && !troubles.length) return []
    return [`${fullName(wanted)}: ${[lacks, ...troubles].filter(Boolean).join('; ')}`]
  })
  if (problems.length) throw new Error(problems.join('\n'))
  const restarts = podsOfRelease(objects, pods).flatMap(({ metadata, status }) =>
    (status?.containerStatuses ?? []).flatMap(({ name, restartCount = 0 }) =>
      restartCount ? [`${metadata.name}/${name} ${restartCount}×`] : [],
    ),
  )
  const names = workloads.map(({ wanted }) => `${wanted.kind} ${wanted.metadata.name}`)
  return `${names.join(', ')}; restarts: ${restarts.join(', ') || 'none'}`
}

/** The pods of a release's workloads, whatever template they are of. */
export function podsOfRelease(objects: readonly ObservedObject[], pods: readonly OwnPod[]): OwnPod[] {
  const workloads = objects.flatMap(({ live }) =>
    live && workloadKinds.has(live.kind ?? '') ? [live as Workload] : [],
  )
  return pods.filter((pod) => workloads.some((workload) => isSelected(pod, workload)))
}

/** Scaled down by hand: its controller is content with it. */
function fewer(wanted: Workload, live: Workload): string | undefined {
  const [want, have] = [wanted.spec?.replicas, live.spec?.replicas ?? 1]
  return want !== undefined && have < want ? `scaled to ${have} of ${want} pods` : undefined
}

function isSelected({ metadata }: KubeObject, { spec }: Workload): boolean {
  const labels = Object.entries(spec?.selector?.matchLabels ?? {})
  return labels.length > 0 && labels.every(([name, value]) => metadata.labels?.[name] === value)
}

/** @throws Error with the claims that are not Bound */
export function judgeClaims(objects: readonly ObservedObject[], claims: readonly Workload[]): string {
  const wanted = claimsOf(objects)
  const problems = wanted.flatMap((name) => {
    const claim = claims.find(({ metadata }) => metadata.name === name)
    if (!claim) return [`${name} is not there`]
    const { phase = 'Pending' } = claim.status ?? {}
    if (claim.metadata.deletionTimestamp) return [`${name} is about to be deleted`]
    return phase === 'Bound' ? [] : [`${name} is ${phase}`]
  })
  if (problems.length) throw new Error(problems.join('; '))
  return wanted.join(', ')
}

/** The claims of a release: those that it makes, and those that its pods are made with now. */
export function claimsOf(objects: readonly ObservedObject[]): string[] {
  const names = objects.flatMap(({ wanted, live }) => [...claimNames(wanted), ...claimNames(wanted, live ?? wanted)])
  return [...new Set(names)]
}

interface WithPods extends Manifest {
  readonly spec?: {
    readonly template?: {
      readonly spec?: {
        readonly volumes?: readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[]
      }
    }
    readonly replicas?: number
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[]
  }
}

/** The claims that an object is, makes, or gives to its pods as it is now. */
function claimNames(object: Manifest, now: Manifest = object): string[] {
  const { kind, metadata } = object
  if (kind === 'PersistentVolumeClaim') return [metadata.name]
  if (!workloadKinds.has(kind ?? '')) return []
  const { replicas = 1, volumeClaimTemplates = [] } = (object as WithPods).spec ?? {}
  const mounted = (now as WithPods).spec?.template?.spec?.volumes ?? []
  const given = mounted.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])
  const made = volumeClaimTemplates.flatMap((template) =>
    Array.from({ length: replicas }, (_, n) => `${template.metadata.name}-${metadata.name}-${n}`),
  )
  return [...given, ...made]
}

export interface IngressSurroundings {
  /** The Service of the ingress that is deployed. */
  readonly service: ServiceObject | undefined
  readonly classes: readonly KubeObject[]
  readonly balancers: () => Promise<LoadBalancerAnswer>
}

const defaultClass = 'ingressclass.kubernetes.io/is-default-class'

/** @throws Error that tells a cluster without load balancers from one that is late, and an address of the past */
export async function judgeIngresses(
  objects: readonly ObservedObject[],
  { service, classes, balancers }: IngressSurroundings,
): Promise<string> {
  const ingresses = objects.filter(({ wanted }) => wanted.kind === 'Ingress')
  const nobody = ingresses.filter(({ live }) => live && !hasClass(live, classes))
  if (nobody.length) {
    const said = nobody.map(({ live, wanted }) => `${wanted.metadata.name} (${classOf(live) ?? 'none'})`)
    throw new Error(`no controller takes on an Ingress of such a class: ${said.join(', ')}`)
  }
  const given = addressesOf(service)
  const seen = ingresses.map(({ wanted, live }) => ({ name: wanted.metadata.name, addresses: addressesOf(live) }))
  const without = seen.filter(({ addresses }) => !addresses.length).map(({ name }) => name)
  if (service && !given.length) {
    const { name, namespace } = service.metadata
    if (service.spec?.type !== 'LoadBalancer') {
      throw new Error(`Service ${namespace}/${name} is of type ${service.spec?.type}: no load balancer leads to it`)
    }
    const { answer, why } = await balancers()
    const which =
      answer === 'no' || answer === 'unknown' ? 'this cluster gives no load balancers' : 'the load balancer is late'
    throw new Error(`${which}: Service ${namespace}/${name} has no address yet (${why})`)
  }
  if (without.length) {
    const why = service ? `though the load balancer has ${given.join(', ')}` : 'and no ingress is deployed'
    throw new Error(`no ADDRESS: ${without.join(', ')}, ${why}`)
  }
  const old = service ? seen.filter(({ addresses }) => !addresses.some((each) => given.includes(each))) : []
  if (old.length) {
    const said = old.map(({ name, addresses }) => `${name} has ${addresses.join(', ')}`)
    throw new Error(`expected ${given.join(', ')}: ${said.join('; ')}`)
  }
  return seen.map(({ name, addresses }) => `${name} ${addresses.join(', ')}`).join('; ')
}

function classOf(ingress: Manifest | undefined): string | undefined {
  return (ingress as { spec?: { ingressClassName?: string } } | undefined)?.spec?.ingressClassName
}

/** An address stays when its Ingress has lost its class: whoever took it on does not look at it any more. */
function hasClass(ingress: Manifest, classes: readonly KubeObject[]): boolean {
  const name = classOf(ingress)
  if (name !== undefined) return classes.some(({ metadata }) => metadata.name === name)
  const byAnnotation = ingress.metadata.annotations?.['kubernetes.io/ingress.class']
  return byAnnotation !== undefined || classes.some(({ metadata }) => metadata.annotations?.[defaultClass] === 'true')
}

function addressesOf(object: KubeObject | undefined): string[] {
  const { status } = (object ?? {}) as Pick<ServiceObject, 'status'>
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? [])
}

async function balancerAnswer(api: Api): Promise<LoadBalancerAnswer> {
  const optional = <T>(path: string) => api.list<T>(path).catch(() => [] as T[])
  const [nodes, services, deployments, daemonSets] = await Promise.all([
    optional<KubeObject>('/api/v1/nodes'),
    optional<ServiceObject>('/api/v1/services'),
    optional<KubeObject>('/apis/apps/v1/deployments'),
    optional<KubeObject>('/apis/apps/v1/daemonsets'),
  ])
  return loadBalancerAnswer({ nodes, services, workloads: [...deployments, ...daemonSets], now: new Date() })
}

function fullName({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`
}
