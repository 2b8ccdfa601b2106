import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '@platform/core'
import { cgroupHierarchies } from './cgroups.ts'
import { cgroupRoot, linkName } from './names.ts'

/** What a node that was killed leaves on the host until `stopNode` takes it away: link and cgroups, one text each. */
export function nodeLeftovers(settings: Pick<Settings, 'clusterDir'>): string[] {
  const link = linkName(settings)
  const root = cgroupRoot(settings)
  const groups = cgroupHierarchies().some((hierarchy) => existsSync(join(hierarchy, root)))
  return [...(existsSync(`/sys/class/net/${link}`) ? [`link ${link}`] : []), ...(groups ? [`cgroups ${root}`] : [])]
}
