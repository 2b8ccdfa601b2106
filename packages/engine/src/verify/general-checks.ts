import {
  type Api,
  type KubeObject,
  type LoadBalancerAnswer,
  type Manifest,
  type PodObject,
  podProblem,
  type ServiceObject,
} from '@platform/cluster'
import type { Check } from '@platform/core'
import type { Component } from '../component/component.ts'
import { isOfRelease } from '../diff/observe.ts'
import type { ObservedObject } from '../diff/types.ts'
import { balancerAnswer } from '../readiness/load-balancer.ts'
import { unfinished, type Workload } from '../readiness/workloads.ts'
import type { ReleaseHistory } from '../release/types.ts'
import type { FindEndpoint } from './proof/capabilities.ts'

/** The input of the general checks: the release and its live objects. */
export interface ReleaseState {
  readonly history: ReleaseHistory
  readonly objects: readonly ObservedObject[]
  /** Whether the user replaced the component's chart by another one. */
  readonly chartReplaced: boolean
}

/** Ids of the checks of every component. Order of causes: a pod needs its volume, an address needs a pod. */
export const generalCheckIds = ['release', 'claims', 'workloads', 'ingresses'] as const

/** The subjects of the general checks, for drills. */
export function generalCheckScopes(component: string) {
  return generalCheckIds.map((id) => ({ id, dependsOn: [`${component}/${id}`] }))
}

export interface GeneralChecksInput {
  readonly api: Api
  readonly component: Component
  readonly endpoint: FindEndpoint
  /** Reads the state once, so that all checks have the same one. */
  readonly readState: () => Promise<ReleaseState>
  /** The fidelity of the images of these pods, in a few words. */
  readonly images: (pods: readonly PodObject[]) => string
}

const workloadKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job'])

/** The checks that every component has. */
export function generalChecks({ api, component, endpoint, readState, images }: GeneralChecksInput): Check[] {
  const { name, release, namespace } = component
  const now = async () => {
    const found = await readState()
    if (!found.objects.length) throw new Error(`release ${release} has no objects: ${statusOf(found.history)}`)
    return found
  }
  return [
    {
      id: 'release',
      name: 'the release is deployed and all of its objects exist',
      timeoutMs: 60_000,
      hint: `pnpm plan ${name}`,
      run: async () => checkRelease(await readState(), component),
    },
    {
      id: 'claims',
      name: 'the volumes are bound',
      timeoutMs: 60_000,
      hint: `pnpm kubectl get pvc --namespace ${namespace}`,
      async run() {
        const { objects } = await now()
        return checkClaims(objects, await api.list<Workload>(`/api/v1/namespaces/${namespace}/persistentvolumeclaims`))
      },
    },
    {
      id: 'workloads',
      name: 'the workloads are rolled out and no pod has a problem',
      timeoutMs: 60_000,
      hint: `pnpm kubectl get pods --namespace ${namespace}`,
      async run() {
        const { objects } = await now()
        const pods = await api.list<PodWithDeletion>(`/api/v1/namespaces/${namespace}/pods`)
        const workloads = checkWorkloads(objects, pods)
        return `${workloads}; images: ${images(podsOfRelease(objects, pods))}`
      },
    },
    {
      id: 'ingresses',
      name: 'the Ingresses have the address of the load balancer',
      timeoutMs: 60_000,
      hint: 'pnpm kubectl get ingress --all-namespaces',
      async run() {
        const { objects } = await now()
        const at = await endpoint('ingress')
        const service =
          at && (await api.find<ServiceObject>(`/api/v1/namespaces/${at.namespace}/services/${at.service}`))
        const classes = await api.list<KubeObject>('/apis/networking.k8s.io/v1/ingressclasses')
        return checkIngresses(objects, { service, classes, balancers: () => balancerAnswer(api) })
      },
    },
  ]
}

/** Whether a release has objects that the general check of this id applies to. */
export function hasSubject(id: string | undefined, objects: readonly ObservedObject[]): boolean {
  if (id === 'workloads') return objects.some(({ wanted }) => workloadKinds.has(wanted.kind ?? ''))
  if (id === 'claims') return claimsOf(objects).length > 0
  if (id === 'ingresses') return objects.some(({ wanted }) => wanted.kind === 'Ingress')
  return true
}

function statusOf({ newest }: ReleaseHistory): string {
  return newest ? `revision ${newest.revision} is ${newest.status}` : 'not installed'
}

/** @throws Error unless the newest revision is deployed and owns all of its objects */
export function checkRelease({ history, objects }: ReleaseState, component: Component): string {
  const { newest } = history
  if (newest?.status !== 'deployed')
    throw new Error(`release ${component.release} is not deployed: ${statusOf(history)}`)
  if (!objects.length) throw new Error(`release ${component.release} has no objects`)
  const missing = objects.filter(({ live }) => !live).map(({ wanted }) => fullName(wanted))
  const others = objects
    .filter(({ live }) => live && !isOfRelease(live, component))
    .map(({ wanted }) => fullName(wanted))
  const problems = [
    ...(missing.length ? [`missing: ${missing.join(', ')}`] : []),
    ...(others.length ? [`not managed by this release: ${others.join(', ')}`] : []),
  ]
  if (problems.length) throw new Error(problems.join('; '))
  return `revision ${newest.revision}, ${objects.length} objects`
}

export interface PodWithDeletion extends PodObject {
  readonly metadata: PodObject['metadata'] & { readonly deletionTimestamp?: string }
}

/** @throws Error with the unready workloads and the problems of their pods */
export function checkWorkloads(objects: readonly ObservedObject[], pods: readonly PodWithDeletion[]): string {
  const workloads = objects.filter(({ wanted }) => workloadKinds.has(wanted.kind ?? ''))
  const problems = workloads.flatMap(({ wanted, live }) => {
    if (!live) return [`${fullName(wanted)} does not exist`]
    const workload = live as Workload
    const own = pods.filter((pod) => !pod.metadata.deletionTimestamp && isSelected(pod, workload))
    const unready = missingReplicas(wanted as Workload, workload) ?? unfinished(workload)
    const podProblems = wanted.kind === 'Job' ? [] : own.flatMap((pod) => podProblem(pod) ?? [])
    if (!unready && !podProblems.length) return []
    return [`${fullName(wanted)}: ${[unready, ...podProblems].filter(Boolean).join('; ')}`]
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

/** The pods of a release's workloads, of any revision. */
export function podsOfRelease(objects: readonly ObservedObject[], pods: readonly PodWithDeletion[]): PodWithDeletion[] {
  const workloads = objects.flatMap(({ live }) =>
    live && workloadKinds.has(live.kind ?? '') ? [live as Workload] : [],
  )
  return pods.filter((pod) => workloads.some((workload) => isSelected(pod, workload)))
}

/** A workload that somebody scaled down looks ready to its controller. */
function missingReplicas(wanted: Workload, live: Workload): string | undefined {
  const [want, have] = [wanted.spec?.replicas, live.spec?.replicas ?? 1]
  return want !== undefined && have < want ? `scaled to ${have} of ${want} pods` : undefined
}

function isSelected({ metadata }: KubeObject, { spec }: Workload): boolean {
  const labels = Object.entries(spec?.selector?.matchLabels ?? {})
  return labels.length > 0 && labels.every(([name, value]) => metadata.labels?.[name] === value)
}

/** @throws Error with the claims that are not Bound */
export function checkClaims(objects: readonly ObservedObject[], claims: readonly Workload[]): string {
  const wanted = claimsOf(objects)
  const problems = wanted.flatMap((name) => {
    const claim = claims.find(({ metadata }) => metadata.name === name)
    if (!claim) return [`${name} does not exist`]
    const { phase = 'Pending' } = claim.status ?? {}
    if (claim.metadata.deletionTimestamp) return [`${name} is being deleted`]
    return phase === 'Bound' ? [] : [`${name} is ${phase}`]
  })
  if (problems.length) throw new Error(problems.join('; '))
  return wanted.join(', ')
}

/** The claims of a release: those that it creates and those that its live pod templates mount. */
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

/** The claims that an object is, creates, or mounts into its pods. */
function claimNames(object: Manifest, live: Manifest = object): string[] {
  const { kind, metadata } = object
  if (kind === 'PersistentVolumeClaim') return [metadata.name]
  if (!workloadKinds.has(kind ?? '')) return []
  const { replicas = 1, volumeClaimTemplates = [] } = (object as WithPods).spec ?? {}
  const volumes = (live as WithPods).spec?.template?.spec?.volumes ?? []
  const mounted = volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])
  const created = volumeClaimTemplates.flatMap((template) =>
    Array.from({ length: replicas }, (_, n) => `${template.metadata.name}-${metadata.name}-${n}`),
  )
  return [...mounted, ...created]
}

export interface IngressSurroundings {
  /** The Service of the deployed ingress. */
  readonly service: ServiceObject | undefined
  readonly classes: readonly KubeObject[]
  readonly balancers: () => Promise<LoadBalancerAnswer>
}

const defaultClass = 'ingressclass.kubernetes.io/is-default-class'

/** @throws Error that distinguishes no load balancers, a pending one, and an outdated address */
export async function checkIngresses(
  objects: readonly ObservedObject[],
  { service, classes, balancers }: IngressSurroundings,
): Promise<string> {
  const ingresses = objects.filter(({ wanted }) => wanted.kind === 'Ingress')
  const unhandled = ingresses.filter(({ live }) => live && !hasClass(live, classes))
  if (unhandled.length) {
    const names = unhandled.map(({ live, wanted }) => `${wanted.metadata.name} (${classOf(live) ?? 'none'})`)
    throw new Error(`no controller for the class of these Ingresses: ${names.join(', ')}`)
  }
  const expected = addressesOf(service)
  const observed = ingresses.map(({ wanted, live }) => ({ name: wanted.metadata.name, addresses: addressesOf(live) }))
  const without = observed.filter(({ addresses }) => !addresses.length).map(({ name }) => name)
  if (service && !expected.length) {
    const { name, namespace } = service.metadata
    if (service.spec?.type !== 'LoadBalancer') {
      throw new Error(`Service ${namespace}/${name} is of type ${service.spec?.type} and has no load balancer`)
    }
    const { answer, why } = await balancers()
    const cause =
      answer === 'no' || answer === 'unknown' ? 'this cluster has no load balancers' : 'the load balancer is pending'
    throw new Error(`${cause}: Service ${namespace}/${name} has no address yet (${why})`)
  }
  if (without.length) {
    const cause = service ? `the load balancer has ${expected.join(', ')}` : 'no ingress is deployed'
    throw new Error(`Ingresses without an address: ${without.join(', ')}; ${cause}`)
  }
  const outdated = service ? observed.filter(({ addresses }) => !addresses.some((each) => expected.includes(each))) : []
  if (outdated.length) {
    const actual = outdated.map(({ name, addresses }) => `${name} has ${addresses.join(', ')}`)
    throw new Error(`expected ${expected.join(', ')}: ${actual.join('; ')}`)
  }
  return observed.map(({ name, addresses }) => `${name} ${addresses.join(', ')}`).join('; ')
}

function classOf(ingress: Manifest | undefined): string | undefined {
  return (ingress as { spec?: { ingressClassName?: string } } | undefined)?.spec?.ingressClassName
}

/** An Ingress that lost its class keeps its address, because no controller updates it any more. */
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

function fullName({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`
}
