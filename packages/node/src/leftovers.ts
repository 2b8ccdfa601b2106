import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '@platform/core'
import { cgroupHierarchies } from './cgroups.ts'
import { cgroupRoot, linkName } from './names.ts'

/** What a node that was killed leaves on the host until `stopNode` takes it away: link and cgroups, one text each. */
export function nodeLeftovers(settings: Pick<Settings, 'clusterDir'>): string[] {
  const link = linkName(settings)
  const groups = cgroupHierarchies()
    .map((hierarchy) => join(hierarchy, cgroupRoot(settings)))
    .filter((dir) => existsSync(dir))
  return [
    ...(existsSync(`/sys/class/net/${link}`) ? [`link ${link}`] : []),
    ...(groups.length ? [`cgroups ${groups.join(' ')}`] : []),
  ]
}
