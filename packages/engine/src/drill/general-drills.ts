import type { Manifest } from '@platform/cluster'
import type { Drill, Mutation } from '../component/drill.ts'
import type { ProofContext } from '../component/proof-context.ts'
import type { ObservedObject } from '../diff/types.ts'
import { readHistory } from '../release/history.ts'

/** A mutation for a general check, on the first component that has a suitable object. */
interface GeneralMutation {
  readonly mutation: Omit<Mutation, 'kind' | 'break'>
  /** The object of the release to break; undefined if the release has none. */
  find(objects: readonly ObservedObject[]): ObservedObject | undefined
  break(context: ProofContext, object: ObservedObject): Promise<unknown>
}

interface WithPods extends Manifest {
  readonly spec?: {
    readonly template?: {
      readonly spec?: {
        readonly containers?: readonly { readonly name: string }[]
        readonly volumes?: readonly { readonly name: string; readonly persistentVolumeClaim?: object }[]
      }
    }
  }
}

const podSpec = ({ live }: ObservedObject) => (live as WithPods | undefined)?.spec?.template?.spec
const claimIndex = (object: ObservedObject) =>
  podSpec(object)?.volumes?.findIndex(({ persistentVolumeClaim }) => persistentVolumeClaim) ?? -1
const isOf = (kind: string) => (object: ObservedObject) => object.live !== undefined && object.wanted.kind === kind

const mutations: readonly GeneralMutation[] = [
  {
    mutation: { id: 'release-failed', caughtBy: 'release', name: "the release's record has the status failed" },
    find: (objects) => objects[0],
    async break({ api, component }) {
      const { newest } = await readHistory(api, component)
      const path = `/api/v1/namespaces/${component.namespace}/secrets/${newest?.secret}`
      await api.patch(path, { metadata: { labels: { status: 'failed' } } })
    },
  },
  {
    mutation: { id: 'claim-name', caughtBy: 'claims', name: 'a pod mounts a volume claim that does not exist' },
    find: (objects) => objects.filter(isOf('Deployment')).find((object) => claimIndex(object) >= 0),
    break: ({ api }, object) =>
      api.patch(
        object.path ?? '',
        [
          {
            op: 'replace',
            path: `/spec/template/spec/volumes/${claimIndex(object)}/persistentVolumeClaim/claimName`,
            value: 'platform-drill-not-there',
          },
        ],
        'json',
      ),
  },
  {
    mutation: { id: 'workload-image', caughtBy: 'workloads', name: 'a Deployment has an image that does not exist' },
    find: (objects) => objects.find(isOf('Deployment')),
    break: ({ api }, object) => {
      const value = 'registry.invalid/platform/drill:not-there'
      const patch = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value }]
      return api.patch(object.path ?? '', patch, 'json')
    },
  },
  {
    mutation: { id: 'ingress-class', caughtBy: 'ingresses', name: 'an Ingress has a class without a controller' },
    find: (objects) => objects.find(isOf('Ingress')),
    break: ({ api }, { path = '' }) => api.patch(path, { spec: { ingressClassName: 'platform-drill' } }),
  },
]

/** The general mutations, each with the check that must catch it. */
export const generalMutationIds: readonly { readonly id: string; readonly caughtBy: string }[] = mutations.map(
  ({ mutation }) => mutation,
)

/**
 * Mutations for the general checks: each once, on the first component that has a suitable object.
 *
 * @param releases the objects of each component's release
 */
export function generalDrills(
  releases: readonly { readonly component: string; readonly objects: readonly ObservedObject[] }[],
): ReadonlyMap<string, readonly Drill[]> {
  const drills = new Map<string, Drill[]>()
  for (const { mutation, find, break: breakObject } of mutations) {
    const found = releases.flatMap(({ component, objects }) => {
      const object = find(objects)
      return object ? [{ component, object }] : []
    })[0]
    if (!found) continue
    const drill: Mutation = {
      ...{ kind: 'mutation', ...mutation },
      break: async (context) => void (await breakObject(context, found.object)),
    }
    drills.set(found.component, [...(drills.get(found.component) ?? []), drill])
  }
  return drills
}
