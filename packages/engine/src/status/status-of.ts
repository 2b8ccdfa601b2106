import type { UnitContext } from '@platform/core'
import type { StatusDocument } from '@platform/core/documents'
import type { Component } from '../component/component.ts'
import { observeObjects } from '../diff/observe.ts'
import { nameOf, type Workload } from '../readiness/workloads.ts'
import { readHistory, readRecord } from '../release/history.ts'
import { manifestObjects } from '../release/manifest-objects.ts'
import { loadedImages, runningImages } from '../release/running-images.ts'
import type { Session } from '../session/session.ts'
import { checkWorkloads, type PodWithDeletion, podsOfRelease } from '../verify/general-checks.ts'
import { type Addresses, addressesOf } from './addresses.ts'

export type ComponentStatus = StatusDocument['components'][number]

/** Reads the state and the health of a component from the cluster. */
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
    api.list<PodWithDeletion>(`/api/v1/namespaces/${namespace}/pods`),
  ])
  const live = objects.flatMap((each) => (each.live ? [each.live as Workload] : []))
  const missing = objects.filter((each) => !each.live).map(({ wanted }) => `${nameOf(wanted)} does not exist`)
  const own = podsOfRelease(objects, pods)
  const problems = [...missing, ...problemsOf(() => checkWorkloads(objects, pods))]
  const addresses = addressesOf(component, settings, {
    access,
    observed: { live: new Map(live.map((object) => [nameOf(object), object])) },
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

function problemsOf(check: () => string): string[] {
  try {
    check()
    return []
  } catch (error) {
    return (error as Error).message.split('\n')
  }
}

/** The load balancers' addresses and the pages' URLs. */
function addressTexts({ loadBalancers, pages }: Addresses): string[] {
  return [...Object.values(loadBalancers), ...pages.map(({ url, host }) => url ?? `http://${host}`)]
}
