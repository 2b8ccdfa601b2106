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

/** The parts of a pod that are read here. */
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

/** Every container of every pod of the cluster, those that do not run now too. */
export async function readPods(api: Pick<Api, 'list'>): Promise<SpecifiedContainer[]> {
  return containersOf(await api.list<PodWithContainers>('/api/v1/pods'))
}

/** The containers of pods; those init containers among them that run beside the others. Pure. */
export function containersOf(pods: readonly PodWithContainers[]): SpecifiedContainer[] {
  return pods.flatMap(({ metadata, spec, status }) => {
    const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
    const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
    return [...(spec?.containers ?? []), ...sidecars].map(({ name, resources }): SpecifiedContainer => {
      const now = statuses.find((each) => each.name === name)
      const startedAt = now?.state?.running?.startedAt
      return {
        ...{ namespace: metadata.namespace ?? '', pod: metadata.name, container: name },
        fleeting: metadata.labels?.['platform.local/made-by'] === 'verify',
        ours: metadata.labels?.['app.kubernetes.io/part-of'] === 'observable-platform',
        ...{ requests: resourcesOf(resources?.requests), limits: resourcesOf(resources?.limits) },
        restarts: now?.restartCount ?? 0,
        lastEndOom: now?.lastState?.terminated?.reason === 'OOMKilled',
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
