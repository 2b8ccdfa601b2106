import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PlatformError } from '@platform/core'

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

/** Says why cgroups could not be removed: processes of a node that its files no longer tell of, or the kernel. */
export function cgroupsLeft(left: readonly string[]): PlatformError {
  const first = left.flatMap((dir) => processesOf(dir)).find(isFirstOfNamespace)
  if (first === undefined) {
    return new PlatformError(
      'CGROUPS_NOT_REMOVED',
      `these cgroups of the cluster can't be removed: ${left.join(' ')}`,
      {
        hint: `find ${left[0]} -name cgroup.procs -exec cat {} +   shows the processes that hold them`,
      },
    )
  }
  return new PlatformError(
    'NODE_STATE_MISSING',
    `a node of this cluster runs, process ${first}, that its folder does not tell of: the folder was removed or replaced`,
    { hint: `kill -TERM ${first}   ends that node; then go again` },
  )
}

function processesOf(dir: string): number[] {
  if (!existsSync(dir)) return []
  const own = readFileSync(join(dir, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  const below = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [...own, ...below.flatMap(({ name }) => processesOf(join(dir, name)))]
}

/** The first process of a pid namespace directly below this one: the node's own, not a container's. */
function isFirstOfNamespace(pid: number): boolean {
  try {
    return /^NSpid:\t\d+\t1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false // it has just ended
  }
}
