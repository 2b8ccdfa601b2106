import { existsSync } from 'node:fs'
import type { Settings } from '@platform/core'
import { nextSlot } from '@platform/node'
import { toolchainState } from '@platform/toolchain/state'
import { apiOver } from '../kubernetes/open-api.ts'
import { certificateTransport } from '../kubernetes/transport.ts'
import { addonDifferences, wantedAddons } from './addons.ts'
import { type NodeView, viewNode } from './node-adapter.ts'
import { inventoryFile, nodeKubeconfig } from './node-files.ts'
import type { Observed } from './plan.ts'
import { askUnready } from './readiness.ts'

/**
 * Reads everything that decides what `up` has to do. Changes nothing; takes milliseconds plus one API request.
 *
 * @throws PlatformError with exit code 2 if the settings can't be satisfied; a running cluster keeps running
 */
export async function observe(
  settings: Settings,
): Promise<{ observed: Observed; node: NodeView; nodeRoot: string | undefined }> {
  const { ready, missing } = await toolchainState(settings)
  const node = viewNode(settings)
  if (node.changes.length > 0) nextSlot(settings)
  const seen = node.state === 'running' ? await observeCluster(settings, node) : {}
  const { listen, ports } = node.place
  const observed: Observed = {
    missingUnits: missing,
    node: node.state,
    nodeChanges: node.changes,
    inventory: existsSync(inventoryFile(settings)),
    address: `ingress on http://${listen}:${[...ports.keys()][0]}`,
    ...seen,
  }
  return { observed, node, nodeRoot: ready?.nodeRoot }
}

async function observeCluster(
  settings: Settings,
  { startedAt }: NodeView,
): Promise<Pick<Observed, 'addons' | 'unready'>> {
  try {
    const api = apiOver(certificateTransport(nodeKubeconfig(settings)))
    const [addons, { waiting }] = await Promise.all([
      addonDifferences(api, wantedAddons(settings)),
      askUnready(api, startedAt),
    ])
    return { addons, unready: waiting }
  } catch (error) {
    // If the API does not answer, `up` has to wait for it, so this is part of the plan.
    return { unready: [`the API server: ${(error as Error).message.split('\n').pop()}`] }
  }
}
