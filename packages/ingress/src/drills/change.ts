import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '@platform/cluster'
import type { ProofContext } from '@platform/engine'
import { labels } from '../checks/common.ts'
import { component } from '../component.ts'

const { namespace, release } = component

/** The API paths of the release's objects. */
export const paths = {
  service: `/api/v1/namespaces/${namespace}/services/${release}`,
  dashboardService: `/api/v1/namespaces/${namespace}/services/${release}-dashboard`,
  ingress: `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/${release}-dashboard`,
  secret: `/api/v1/namespaces/${namespace}/secrets/${release}-auth`,
  config: `/api/v1/namespaces/${namespace}/configmaps/${release}-dynamic`,
  deployment: `/apis/apps/v1/namespaces/${namespace}/deployments/${release}`,
  clusterRole: `/apis/rbac.authorization.k8s.io/v1/clusterroles/${release}`,
  pods: `/api/v1/namespaces/${namespace}/pods`,
}

/** Changes keys of an object by a merge patch. */
export async function merge({ api }: ProofContext, path: string, change: object): Promise<void> {
  await api.patch(path, change, 'merge')
}

/**
 * Traefik applies changes every two seconds. Checks that run earlier would still pass, and a check that takes longer
 * would fail first.
 */
export async function learned({ signal }: ProofContext): Promise<void> {
  await sleep(3000, undefined, { signal })
}

/** A key of a Secret, encoded for the API. */
export function encoded(key: string, text: string) {
  return { data: { [key]: Buffer.from(text).toString('base64') } }
}

interface DeploymentObject extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly generation?: number }
  readonly spec?: { readonly replicas?: number }
  readonly status?: {
    readonly observedGeneration?: number
    readonly replicas?: number
    readonly updatedReplicas?: number
    readonly availableReplicas?: number
  }
}

/** Waits until the rollout of the Deployment is complete. */
export async function rolledOut(context: ProofContext): Promise<void> {
  await context.until(`the rollout of Deployment ${release}`, async () => {
    const { metadata, spec, status } = await context.api.get<DeploymentObject>(paths.deployment)
    const counts = [status?.replicas, status?.updatedReplicas, status?.availableReplicas]
    const observed = status?.observedGeneration === metadata.generation
    return (observed && counts.every((count) => count === spec?.replicas)) || undefined
  })
}

/** Deletes the pods and waits for their replacements. Returns the names of the old pods. */
export async function replacePods(context: ProofContext): Promise<readonly string[]> {
  const old = await context.pods(labels)
  await Promise.all(old.map((pod) => context.api.delete(`${paths.pods}/${pod}`)))
  await context.until(`pods in place of ${old.join(', ')}`, async () => {
    const ready = await context.pods(labels)
    return (ready.length >= old.length && !ready.some((pod) => old.includes(pod))) || undefined
  })
  return old
}
