import type { Api, KubeObject } from '@platform/cluster'
import { quantity } from '../checks/common.ts'
import type { Resources, SpecifiedContainer } from './types.ts'

type Quantities = Readonly<Record<string, string>> | undefined

interface ContainerSpec {
  readonly name: string
  readonly restartPolicy?: string
  readonly resources?: { readonly limits?: Quantities; readonly requests?: Quantities }
}

interface ContainerStatus {
  readonly name: string
  readonly restartCount?: number
  readonly state?: { readonly running?: { readonly startedAt?: string } }
  readonly lastState?: { readonly terminated?: { readonly reason?: string } }
}

/** The fields of a pod that are used here. */
export interface PodWithContainers extends KubeObject {
  readonly spec?: {
    readonly containers?: readonly ContainerSpec[]
    readonly initContainers?: readonly ContainerSpec[]
  }
  readonly status?: {
    readonly containerStatuses?: readonly ContainerStatus[]
    readonly initContainerStatuses?: readonly ContainerStatus[]
  }
}

/** Every container of every pod of the cluster, whether it is running or not. */
export async function readPods(api: Pick<Api, 'list'>): Promise<SpecifiedContainer[]> {
  return containersOf(await api.list<PodWithContainers>('/api/v1/pods'))
}

/** The containers of pods, with sidecars (init containers with restartPolicy Always). Pure. */
export function containersOf(pods: readonly PodWithContainers[]): SpecifiedContainer[] {
  return pods.flatMap(({ metadata, spec, status }) => {
    const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
    const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
    return [...(spec?.containers ?? []), ...sidecars].map(({ name, resources }): SpecifiedContainer => {
      const now = statuses.find((each) => each.name === name)
      const startedAt = now?.state?.running?.startedAt
      return {
        ...{ namespace: metadata.namespace ?? '', pod: metadata.name, container: name },
        temporary: metadata.labels?.['platform.local/made-by'] === 'verify',
        managed: metadata.labels?.['app.kubernetes.io/part-of'] === 'observable-platform',
        ...{ requests: resourcesOf(resources?.requests), limits: resourcesOf(resources?.limits) },
        restarts: now?.restartCount ?? 0,
        lastTerminationOom: now?.lastState?.terminated?.reason === 'OOMKilled',
        ...(startedAt !== undefined && { startedAt: Date.parse(startedAt) }),
      }
    })
  })
}

function resourcesOf(given: Quantities): Resources {
  return {
    ...(given?.cpu !== undefined && { cpu: quantity(given.cpu) }),
    ...(given?.memory !== undefined && { memory: quantity(given.memory) }),
  }
}
