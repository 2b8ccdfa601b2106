import type { Settings } from '@platform/core'
import type { Component } from '../../component/component.ts'
import type { Endpoint } from '../../component/identity.ts'
import { loadComponents } from '../../component/load.ts'
import { readHistory } from '../../release/history.ts'
import type { Session } from '../../session/session.ts'

/** Finds the endpoint of a capability; cached. */
export type FindEndpoint = (capability: string) => Promise<Endpoint | undefined>

/**
 * Finds the deployed component that provides a capability. A component whose chart was replaced counts only if the Service
 * exists.
 */
export function capabilities(
  { api }: Pick<Session, 'api'>,
  settings: Settings,
  load: () => Promise<readonly Component[]> = loadComponents,
): FindEndpoint {
  const found = new Map<string, Promise<Endpoint | undefined>>()
  const find = async (capability: string) => {
    for (const component of await load()) {
      const endpoint = component.provides?.[capability]
      if (!endpoint || !(await readHistory(api, component)).deployed) continue
      const { namespace, service } = endpoint
      if (await api.find(`/api/v1/namespaces/${namespace}/services/${service}`)) return endpoint
      if (!(await isReplaced(component, settings))) return endpoint // the checks report the missing Service
    }
    return undefined
  }
  return (capability) => {
    const known = found.get(capability) ?? find(capability)
    found.set(capability, known)
    return known
  }
}

async function isReplaced(component: Component, settings: Settings): Promise<boolean> {
  const [{ replacesChart }, { repositoryRoot }] = await Promise.all([
    import('../../values/replaces-chart.ts'),
    import('@platform/core'),
  ])
  return replacesChart(component, settings, repositoryRoot)
}
