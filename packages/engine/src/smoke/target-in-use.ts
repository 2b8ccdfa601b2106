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
 * Protects an existing installation on a context from smoke's `down all --purge`.
 *
 * @throws PlatformError SMOKE_TARGET_IN_USE, exit code 2, with what is installed
 */
export async function refuseTargetInUse(settings: Settings): Promise<void> {
  // Not the user's signal: the session is reused to collect evidence after a Ctrl-C.
  const { signal } = new AbortController()
  const session = await openSession({ settings, runner: systemRunner, emit: () => {}, signal })
  const units = discoverUnits(repositoryRoot).filter(({ isComponent }) => isComponent)
  const components = await Promise.all(units.map(({ directory }) => loadComponent(directory)))
  const inventory = join(dirname(session.access.kubeconfig), 'inventory.json')
  const installed = await installedOf(session.api, components)
  const error = targetInUseError(settings.KUBE_CONTEXT, [
    ...(existsSync(inventory) ? [`the inventory ${inventory}`] : []),
    ...installed,
  ])
  if (error) throw error
}

/** The existing releases and volumes of the platform. */
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
export function targetInUseError(context: string | undefined, installed: readonly string[]): PlatformError | undefined {
  if (!installed.length) return undefined
  const list = installed.map((each) => `  ${each}`).join('\n')
  return usageError(
    'SMOKE_TARGET_IN_USE',
    `smoke would purge the existing installation on ${context}:\n${list}`,
    'pnpm status',
  )
}
