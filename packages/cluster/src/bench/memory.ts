import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupHierarchies } from '@platform/node'

/** The memory of one process, in MB. */
export interface ProcessMemory {
  readonly name: string
  /** Its own pages and its share of those that it has in common with others. */
  readonly pss: number
  /** All its pages, also those that other processes have too. */
  readonly rss: number
}

/**
 * The memory of the control plane: every process of the cluster's system cgroup, which the agent, the supervisor, slirp4netns
 * and the containers' shims are among. Pods are not.
 */
export function controlPlaneMemory(cgroupRoot: string): ProcessMemory[] {
  const procs = cgroupHierarchies()
    .map((hierarchy) => join(hierarchy, cgroupRoot, 'system/cgroup.procs'))
    .map((file) => tryRead(file)?.trim().split('\n').filter(Boolean) ?? [])
    .find((pids) => pids.length > 0)
  return (procs ?? []).flatMap((pid) => {
    const rollup = tryRead(`/proc/${pid}/smaps_rollup`)
    const name = tryRead(`/proc/${pid}/comm`)?.trim()
    return rollup && name ? [{ name, pss: field(rollup, 'Pss'), rss: field(rollup, 'Rss') }] : []
  })
}

function field(rollup: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1024
}

/** A process may end between being listed and being looked at. */
function tryRead(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
