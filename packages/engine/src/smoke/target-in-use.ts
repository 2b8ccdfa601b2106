import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Api } from '@platform/cluster'
import {
  discoverUnits,
  type PlatformError,
  repositoryRoot,
  type Settings,
  systemRunner,
  usageError,
} from '@platform/core'
import type { Component } from '../component/component.ts'
import { loadComponent } from '../component/load.ts'
import { claimsOf } from '../plan/claims.ts'
import { readHistory } from '../release/history.ts'
import { openSession } from '../session/session.ts'

/**
 * On somebody's cluster smoke must not end, with its `down all --purge`, an installation that was there before it.
 *
 * @throws PlatformError SMOKE_TARGET_IN_USE, exit code 2, that names what is there
 */
export async function refuseTargetInUse(settings: Settings): Promise<void> {
  // The session is kept for the evidence, which is taken after a Ctrl-C too.
  const { signal } = new AbortController()
  const session = await openSession({ settings, runner: systemRunner, emit: () => {}, signal })
  const units = discoverUnits(repositoryRoot).filter(({ isComponent }) => isComponent)
  const components = await Promise.all(units.map(({ directory }) => loadComponent(directory)))
  const inventory = join(dirname(session.access.kubeconfig), 'inventory.json')
  const there = await installedOf(session.api, components)
  const error = targetInUseError(settings.KUBE_CONTEXT, [
    ...(existsSync(inventory) ? [`the inventory ${inventory}`] : []),
    ...there,
  ])
  if (error) throw error
}

/** The releases and volumes of the platform that are there. */
export async function installedOf(api: Api, components: readonly Component[]): Promise<string[]> {
  const found = await Promise.all(
    components.map(async (component) => {
      const { namespace, release } = component
      const [{ newest }, { ours }] = await Promise.all([readHistory(api, component), claimsOf(api, component)])
      return [
        ...(newest ? [`release ${namespace}/${release}`] : []),
        ...ours.map(({ metadata }) => `volume ${namespace}/${metadata.name}`),
      ]
    }),
  )
  return found.flat()
}

/** Pure. */
export function targetInUseError(context: string | undefined, there: readonly string[]): PlatformError | undefined {
  if (!there.length) return undefined
  const what = there.map((each) => `  ${each}`).join('\n')
  return usageError(
    'SMOKE_TARGET_IN_USE',
    `on ${context} there is an installation, or what one has left, and smoke would purge it:\n${what}`,
    'pnpm status',
  )
}
