import { type Api, type PodObject, podProblem } from '@platform/cluster'
import { objectName } from '../diff/describe.ts'
import type { ObservedObject } from '../diff/types.ts'
import { unfinished, type Workload } from './workloads.ts'

/** Kinds that a second `up` waits for. An address is not among them: a cluster without load balancers assigns none. */
const kinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job'])

/** The workloads that exist and are not ready, one line each, with the reason of a pod if there is one. */
export async function unreadyWorkloads(api: Api, objects: readonly ObservedObject[]): Promise<string[]> {
  const found = objects.flatMap(({ live }) => {
    const lacks = live && kinds.has(live.kind ?? '') ? unfinished(live as Workload) : undefined
    return live && lacks ? [{ live: live as Workload, lacks }] : []
  })
  return Promise.all(
    found.map(async ({ live, lacks }) => `${objectName(live)}: ${[lacks, ...(await why(api, live))].join(': ')}`),
  )
}

async function why(api: Api, { metadata, spec }: Workload): Promise<string[]> {
  const labels = Object.entries(spec?.selector?.matchLabels ?? {}).map(([name, value]) => `${name}=${value}`)
  if (!labels.length) return []
  const pods = await api.list<PodObject>(`/api/v1/namespaces/${metadata.namespace}/pods`, { labels: labels.join(',') })
  return pods.flatMap((pod) => podProblem(pod) ?? []).slice(0, 1)
}
