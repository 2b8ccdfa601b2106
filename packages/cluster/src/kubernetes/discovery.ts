import { type Api, ApiError, type ApiResource } from './api.ts'

interface GroupDiscovery {
  readonly metadata?: { readonly name?: string }
  readonly versions?: readonly {
    readonly version: string
    readonly resources?: readonly {
      readonly resource: string
      readonly responseKind?: { readonly kind: string }
      readonly scope: 'Namespaced' | 'Cluster'
      readonly verbs: readonly string[]
    }[]
  }[]
}

/** Two questions for everything that is served; API servers of 1.30 and newer speak v2, 1.27 to 1.29 v2beta1. */
const accept = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',')

/** All resources of all versions, each group's preferred version first. */
export async function discover(request: Api['request']): Promise<ApiResource[]> {
  const answers = await Promise.all(
    ['/api', '/apis'].map(async (path) => {
      const { status, body } = await request(path, { headers: { accept } })
      if (status !== 200) throw new ApiError(status, '', `GET ${path}: ${body.slice(0, 500)}`)
      return (JSON.parse(body) as { items?: readonly GroupDiscovery[] }).items ?? []
    }),
  )
  return answers.flat().flatMap(resourcesOf)
}

function resourcesOf({ metadata, versions = [] }: GroupDiscovery): ApiResource[] {
  const group = metadata?.name
  return versions.flatMap(({ version, resources = [] }) =>
    resources.flatMap(({ resource, responseKind, scope, verbs }) =>
      responseKind
        ? {
            apiVersion: group ? `${group}/${version}` : version,
            kind: responseKind.kind,
            resource,
            namespaced: scope === 'Namespaced',
            verbs,
          }
        : [],
    ),
  )
}

/** Each kind of a group once, at the first version that serves it: what a group prefers stands first. */
export function preferred(all: readonly ApiResource[]): ApiResource[] {
  const seen = new Set<string>()
  return all.filter(({ apiVersion, resource }) => {
    const key = `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${resource}`
    return !seen.has(key) && Boolean(seen.add(key))
  })
}

/** The path of all objects of a resource, in one namespace or in all. */
export function collectionPath({ apiVersion, resource, namespaced }: ApiResource, namespace?: string): string {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return namespaced && namespace ? `${base}/namespaces/${namespace}/${resource}` : `${base}/${resource}`
}
