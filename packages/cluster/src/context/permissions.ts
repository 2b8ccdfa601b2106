import type { Kubectl } from '../kubernetes/kubectl.ts'

/** A resource and the verbs that the components need on it. */
export interface Permission {
  /** API group; empty for the core. */
  readonly group: string
  /** Plural, with a subresource where it is one: `pods/log`. */
  readonly resource: string
  readonly verbs: readonly string[]
}

const manage = ['get', 'list', 'watch', 'create', 'patch', 'delete'] as const
const read = ['get', 'list', 'watch'] as const

/**
 * What bringing up, checking and taking down the components needs, in all namespaces. Data: here and in drillPermissions
 * only is it said.
 */
export const permissions: readonly Permission[] = [
  { group: '', resource: 'namespaces', verbs: manage },
  { group: '', resource: 'services', verbs: manage },
  { group: '', resource: 'configmaps', verbs: manage },
  // Helm keeps its records in Secrets, and replaces them whole.
  { group: '', resource: 'secrets', verbs: [...manage, 'update'] },
  { group: '', resource: 'serviceaccounts', verbs: manage },
  { group: '', resource: 'persistentvolumeclaims', verbs: manage },
  { group: '', resource: 'persistentvolumes', verbs: read },
  { group: '', resource: 'nodes', verbs: read },
  { group: '', resource: 'events', verbs: read },
  { group: '', resource: 'pods', verbs: [...read, 'create', 'patch', 'delete'] },
  { group: '', resource: 'pods/log', verbs: ['get'] },
  { group: '', resource: 'pods/exec', verbs: ['create'] },
  { group: '', resource: 'pods/portforward', verbs: ['create'] },
  // Checks ask Services, and the receiver that they make, through the API server.
  { group: '', resource: 'pods/proxy', verbs: ['get'] },
  { group: '', resource: 'services/proxy', verbs: ['get'] },
  { group: 'apps', resource: 'deployments', verbs: manage },
  { group: 'apps', resource: 'daemonsets', verbs: manage },
  { group: 'apps', resource: 'statefulsets', verbs: manage },
  { group: 'apps', resource: 'replicasets', verbs: read },
  { group: 'apps', resource: 'controllerrevisions', verbs: read },
  { group: 'batch', resource: 'jobs', verbs: manage },
  { group: 'policy', resource: 'poddisruptionbudgets', verbs: manage },
  { group: 'networking.k8s.io', resource: 'ingresses', verbs: manage },
  { group: 'networking.k8s.io', resource: 'ingressclasses', verbs: manage },
  { group: 'networking.k8s.io', resource: 'networkpolicies', verbs: manage },
  { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: read },
  { group: 'coordination.k8s.io', resource: 'leases', verbs: manage },
  { group: 'storage.k8s.io', resource: 'storageclasses', verbs: read },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', verbs: [...manage, 'bind', 'escalate'] },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings', verbs: manage },
  { group: 'rbac.authorization.k8s.io', resource: 'roles', verbs: [...manage, 'bind', 'escalate'] },
  { group: 'rbac.authorization.k8s.io', resource: 'rolebindings', verbs: manage },
]

/** What `drill` needs beside: it silences an alert through Alertmanager's API, and makes a Node that has no kubelet. */
export const drillPermissions: readonly Permission[] = [
  { group: '', resource: 'services/proxy', verbs: ['create', 'delete'] },
  { group: '', resource: 'nodes', verbs: ['create', 'delete'] },
]

/** One access review. */
export interface Review {
  readonly group: string
  readonly resource: string
  readonly verb: string
}

/** One review for each verb of each permission. */
export function reviews(wanted: readonly Permission[]): Review[] {
  return wanted.flatMap(({ group, resource, verbs }) => verbs.map((verb) => ({ group, resource, verb })))
}

/** The SelfSubjectAccessReview of a review, for all namespaces. */
export function reviewManifest({ group, resource, verb }: Review): object {
  const [name, subresource] = resource.split('/')
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { group, resource: name, verb, ...(subresource && { subresource }) } },
  }
}

/** One line per resource with missing permissions: `secrets: create, delete`. */
export function missingPermissions(answers: readonly { review: Review; allowed: boolean }[]): string[] {
  const byResource = new Map<string, string[]>()
  for (const { review, allowed } of answers) {
    if (allowed) continue
    const name = review.group ? `${review.resource}.${review.group}` : review.resource
    byResource.set(name, [...(byResource.get(name) ?? []), review.verb])
  }
  return [...byResource].map(([name, verbs]) => `${name}: ${verbs.join(', ')}`)
}

const template = '-o=jsonpath={.status.allowed}{"\\n"}'
const parallel = 4

/**
 * Sends every review to the API server. A SelfSubjectAccessReview is answered but never stored.
 */
export async function askPermissions(
  kubectl: Kubectl,
  wanted: readonly Permission[] = permissions,
): Promise<{ review: Review; allowed: boolean }[]> {
  const all = reviews(wanted)
  const size = Math.ceil(all.length / parallel)
  const chunks = Array.from({ length: parallel }, (_, i) => all.slice(i * size, (i + 1) * size)).filter((c) => c.length)
  const answers = await Promise.all(
    chunks.map(async (chunk) => {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: chunk.map(reviewManifest) })
      const { stdout } = await kubectl.run(['create', '--validate=false', template, '-f', '-'], { input })
      const lines = stdout.trim().split('\n')
      if (lines.length !== chunk.length) throw new Error(`${chunk.length} reviews, ${lines.length} answers: ${stdout}`)
      return chunk.map((review, i) => ({ review, allowed: lines[i] === 'true' }))
    }),
  )
  return answers.flat()
}
