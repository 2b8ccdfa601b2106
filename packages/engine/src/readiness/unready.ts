import { type Api, type PodObject, podTrouble } from '@platform/cluster'
import { objectName } from '../diff/describe.ts'
import type { ObservedObject } from '../diff/types.ts'
import { unfinished, type Workload } from './workloads.ts'

/** What is waited for again; an address that never comes, on a cluster without load balancers, is no reason to. */
const kinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job'])

/** The workloads that are there and not rolled out, one line each, with the reason of a pod where one tells it. */
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
  return pods.flatMap((pod) => podTrouble(pod) ?? []).slice(0, 1)
}
