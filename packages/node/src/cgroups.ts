import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The mount points of all cgroup hierarchies of the host. */
export function cgroupHierarchies(mounts = readFileSync('/proc/self/mounts', 'utf8')): string[] {
  return mounts.split('\n').flatMap((line) => {
    const [, target, type] = line.split(' ')
    return target && (type === 'cgroup' || type === 'cgroup2') ? [target] : []
  })
}

/**
 * Removes a cgroup root on every hierarchy. The kernel lets go of a cgroup a moment after its last process has ended.
 *
 * @param root as the node's config names it: `/observable-1a2b3c4d`
 * @returns the cgroups that are still there after `limitMs` milliseconds
 */
export async function removeCgroups(root: string, limitMs = 5000): Promise<string[]> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const left = cgroupHierarchies()
      .map((hierarchy) => join(hierarchy, root))
      .filter((dir) => !removeTree(dir))
    if (left.length === 0 || Date.now() > deadline) return left
    await sleep(50)
  }
}

/** A cgroup's files can't be removed and go with it; only the folders, the lowest first. */
function removeTree(dir: string): boolean {
  if (!existsSync(dir)) return true
  try {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(dir, entry.name))
    }
    rmdirSync(dir)
    return true
  } catch {
    return !existsSync(dir)
  }
}
