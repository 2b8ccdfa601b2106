import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Settings, step, type UnitResult } from '@platform/core'
import type { TargetDependencies } from '../target.ts'
import { viewNode } from './node-adapter.ts'

/** Stops the node; with `purge` deletes its state too. Reports what was removed and what was kept. */
export async function downEmbedded(
  settings: Settings,
  { emit }: TargetDependencies,
  { purge }: { readonly purge: boolean },
): Promise<UnitResult> {
  const { state, leftovers } = viewNode(settings)
  const { purgeNode, stopNode } = await import('@platform/node')
  const removed: string[] = []
  const runs = state === 'running' || state === 'starting'
  const title = runs ? 'stop the node' : 'remove leftovers of a killed node'
  if (runs || leftovers.length) await step(emit, title, (progress) => stopNode({ settings, progress }))
  if (runs) removed.push('the node: its processes, mounts, links, cgroups')
  if (leftovers.length) removed.push(`leftovers of a killed node: ${leftovers.join(', ')}`)
  if (purge) {
    const volumes = await step(emit, `delete ${settings.clusterDir}`, async () => purgeNode(settings))
    const lost = volumes.length ? `volumes ${volumes.join(', ')}` : 'no volumes'
    if (state !== 'absent') removed.push(`${settings.clusterDir}: etcd, ${lost}, images, certificates, logs`)
  }
  const kept = existsSync(join(settings.clusterDir, 'node.json'))
    ? [`${settings.clusterDir}: etcd, volumes, images, certificates, logs`]
    : []
  kept.push(`${settings.cacheDir}: toolchain, images, Debian packages`)
  const summary = `${removed.length ? `removed ${removed.join('; ')}` : 'there was nothing to remove'}. Kept ${kept.join('; ')}`
  return { summary, data: { removed, kept } }
}
