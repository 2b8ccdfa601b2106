import type { UnitContext } from '@platform/core'
import type { StatusDocument } from '@platform/core/documents'
import type { Component } from '../component/component.ts'
import { observeObjects } from '../diff/observe.ts'
import { nameOf, type Workload } from '../readiness/workloads.ts'
import { readHistory, readRecord } from '../release/history.ts'
import { manifestObjects } from '../release/manifest-objects.ts'
import { loadedImages, runningImages } from '../release/running-images.ts'
import type { Session } from '../session/session.ts'
import { judgeWorkloads, type OwnPod, podsOfRelease } from '../verify/general-checks.ts'
import { type Addresses, addressesOf } from './addresses.ts'

export type ComponentStatus = StatusDocument['components'][number]

/** What is there of a component and how it does, from what the cluster says now. */
export async function statusOf(context: UnitContext, component: Component, session: Session): Promise<ComponentStatus> {
  const { api, access } = session
  const { settings } = context
  const { name, release, namespace } = component
  const history = await readHistory(api, component)
  const { newest, deployed } = history
  const head = { name, release, namespace }
  const nothing = { problems: [], addresses: [], images: [] }
  if (!newest) return { ...head, status: 'absent', health: 'absent', ...nothing }
  const record = await readRecord(api, namespace, deployed ?? newest)
  const [objects, pods] = await Promise.all([
    record ? observeObjects(api, namespace, await manifestObjects(settings, record)) : [],
    api.list<OwnPod>(`/api/v1/namespaces/${namespace}/pods`),
  ])
  const live = objects.flatMap((each) => (each.live ? [each.live as Workload] : []))
  const missing = objects.filter((each) => !each.live).map(({ wanted }) => `${nameOf(wanted)} is not there`)
  const own = podsOfRelease(objects, pods)
  const problems = [...missing, ...troubleOf(() => judgeWorkloads(objects, pods))]
  const addresses = addressesOf(component, settings, {
    access,
    seen: { live: new Map(live.map((object) => [nameOf(object), object])) },
  })
  return {
    ...head,
    ...{ status: newest.status, revision: newest.revision },
    chart: record && `${record.chart.name}-${record.chart.version}`,
    version: record?.chart.appVersion,
    health: newest.status === 'deployed' && !problems.length ? 'ready' : 'not ready',
    problems,
    addresses: addressTexts(addresses),
    images: runningImages(own, settings, loadedImages(settings)),
  }
}

function troubleOf(judge: () => string): string[] {
  try {
    judge()
    return []
  } catch (error) {
    return (error as Error).message.split('\n')
  }
}

/** What a person opens, and what a load balancer has. */
function addressTexts({ loadBalancers, pages }: Addresses): string[] {
  return [...Object.values(loadBalancers), ...pages.map(({ url, host }) => url ?? `http://${host}`)]
}
