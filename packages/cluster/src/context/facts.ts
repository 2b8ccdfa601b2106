import type { Kubectl } from '../kubernetes/kubectl.ts'
import {
  defaultStorageClasses,
  type KubeList,
  type KubeObject,
  type NodeObject,
  type ServiceObject,
  type StorageClassObject,
} from '../kubernetes/objects.ts'
import { parseVersion, type Version } from '../kubernetes/version.ts'
import { type LoadBalancerAnswer, loadBalancerAnswer } from './load-balancer.ts'
import { askPermissions, drillPermissions, missingPermissions } from './permissions.ts'

/** Facts about a context, from read requests only. */
export interface ContextFacts {
  readonly version: Version
  /** One line per resource with missing permissions. */
  readonly missingPermissions: readonly string[]
  /** The same for the permissions that only `drill` needs. */
  readonly missingForDrill: readonly string[]
  readonly defaultClasses: readonly string[]
  readonly loadBalancer: LoadBalancerAnswer
}

/** The server's version, from GET /version. */
export async function serverVersion(kubectl: Kubectl): Promise<Version> {
  const { gitVersion } = JSON.parse(await kubectl.raw('/version')) as { gitVersion: string }
  const version = parseVersion(gitVersion)
  if (!version) throw new Error(`can't parse the API server's version ${gitVersion}`)
  return version
}

/** Reads everything that decides whether the platform can use the cluster. Creates nothing. */
export async function contextFacts(kubectl: Kubectl): Promise<ContextFacts> {
  const [version, missing, missingForDrill, defaultClasses, loadBalancer] = await Promise.all([
    serverVersion(kubectl),
    askPermissions(kubectl).then(missingPermissions),
    askPermissions(kubectl, drillPermissions).then(missingPermissions),
    optional(kubectl, ['storageclasses'], (items: readonly StorageClassObject[]) => defaultStorageClasses(items), []),
    findLoadBalancer(kubectl),
  ])
  return { version, missingPermissions: missing, missingForDrill, defaultClasses, loadBalancer }
}

/** Whether Services of type LoadBalancer get an address in the cluster. */
export async function findLoadBalancer(kubectl: Kubectl): Promise<LoadBalancerAnswer> {
  const [nodes, services, workloads] = await Promise.all([
    optional(kubectl, ['nodes'], (items: readonly NodeObject[]) => items, []),
    optional(kubectl, ['services', '-A'], (items: readonly ServiceObject[]) => items, []),
    optional(kubectl, ['deployments.apps,daemonsets.apps', '-A'], (items: readonly KubeObject[]) => items, []),
  ])
  return loadBalancerAnswer({ nodes, services, workloads, now: new Date() })
}

/** An unreadable list counts as empty; the missing permissions already report it. */
async function optional<T, R>(
  kubectl: Kubectl,
  args: readonly string[],
  use: (items: readonly T[]) => R,
  otherwise: R,
): Promise<R> {
  const answer = await kubectl.probe(['get', ...args, '-o', 'json'])
  return answer.exitCode === 0 ? use((JSON.parse(answer.stdout) as KubeList<T>).items) : otherwise
}
