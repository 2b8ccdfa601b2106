import type { KubeObject } from '../kubernetes/objects.ts'

/** One object, by its name. */
export interface InventoryEntry {
  /** Group and kind: `apps/Deployment`, `Service`. */
  readonly type: string
  readonly namespace?: string
  readonly name: string
  readonly uid?: string
  /** The UIDs of its owners. */
  readonly owners?: readonly string[]
  /** Managed by the platform, according to its labels. */
  readonly ours?: boolean
}

/** All objects of a cluster at one time. */
export interface Inventory {
  /** ISO 8601. */
  readonly takenAt: string
  readonly entries: readonly InventoryEntry[]
  /** Unreadable kinds, which are not compared. */
  readonly unread: readonly string[]
  /** The kinds that were read; missing in files of older versions. */
  readonly read?: readonly string[]
}

/** A Helm release of the platform. */
export interface OwnRelease {
  readonly release: string
  readonly namespace: string
}

/** What comes and goes without anybody's doing: reports, heartbeats, measurements, and certificates of kubelets. */
const passing: ReadonlySet<string> = new Set([
  'Event',
  'events.k8s.io/Event',
  'coordination.k8s.io/LeaseCandidate',
  'metrics.k8s.io/PodMetrics',
  'metrics.k8s.io/NodeMetrics',
  'certificates.k8s.io/CertificateSigningRequest',
  'ComponentStatus',
  'apiregistration.k8s.io/APIService',
])
/** Objects that controllers create in every namespace. Only the namespace itself counts. */
const everywhere: Readonly<Record<string, RegExp>> = {
  ConfigMap: /^kube-root-ca\.crt$/,
  ServiceAccount: /^default$/,
}

/** `apps/v1` and `Deployment` → `apps/Deployment`: two versions of a group are one thing. */
export function typeOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const [group, version] = apiVersion.split('/')
  return version ? `${group}/${kind}` : kind
}

/** Of all the heartbeats, the platform's own: each ends with its run, so one that is there is left over. */
const leaseType = 'coordination.k8s.io/Lease'
const ownLease = /^observable-platform-/

export function isPassing(type: string): boolean {
  return passing.has(type)
}

/** An object as an entry; undefined if it is ignored. */
export function entryOf(type: string, object: KubeObject, releases: readonly OwnRelease[]): InventoryEntry | undefined {
  const { name, namespace, uid } = object.metadata
  if (everywhere[type]?.test(name)) return undefined
  if (type === leaseType && !ownLease.test(name)) return undefined
  const { ownerReferences = [] } = object.metadata as { ownerReferences?: readonly { readonly uid: string }[] }
  const owners = ownerReferences.map((owner) => owner.uid)
  const ours = isOurs(object, releases)
  return { type, namespace, name, uid, ...(owners.length && { owners }), ...(ours && { ours }) }
}

const platform = 'observable-platform'

/** By its labels, or by the release that Helm made it for; a release's own record too. */
export function isOurs({ metadata }: KubeObject, releases: readonly OwnRelease[]): boolean {
  const { labels = {}, annotations = {}, namespace, name } = metadata
  if (labels['app.kubernetes.io/part-of'] === platform || labels['app.kubernetes.io/managed-by'] === platform)
    return true
  const release = annotations['meta.helm.sh/release-name']
  return releases.some(
    (each) =>
      (each.release === release && each.namespace === annotations['meta.helm.sh/release-namespace']) ||
      (each.namespace === namespace && name.startsWith(`sh.helm.release.v1.${each.release}.v`)),
  )
}

/** Display name: `Deployment monitoring/prometheus-server`. */
export function nameOf({ type, namespace, name }: InventoryEntry): string {
  return `${type} ${namespace ? `${namespace}/` : ''}${name}`
}
