import { existsSync, readdirSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '@platform/core'
import { cgroupsLeft, removeCgroups } from './cgroups.ts'
import { readConfigFile, writeConfigFile } from './config-file.ts'
import { removeLink } from './link.ts'
import { cgroupRoot } from './names.ts'
import { nodePlaces } from './places.ts'
import { nodeStatus } from './status.ts'

/** The agent gives pods 10 s and its components some more; then there is nothing to be waited for. */
const stopLimitMs = 30_000

export interface StopOptions {
  readonly settings: Settings
  readonly progress?: (message: string) => void
}

/**
 * Stops the node: pods first, then what they stand on. Everything of it that is not a file ends with its first process;
 * its cgroups are removed here. Its state stays. Nothing there is no error.
 *
 * @throws PlatformError CGROUPS_NOT_REMOVED when the kernel did not let go of a cgroup
 */
export async function stopNode({ settings, progress = () => {} }: StopOptions): Promise<void> {
  const { pid, config } = nodeStatus(settings)
  const places = nodePlaces(settings)
  if (pid !== undefined) {
    // The next start takes the same subnet and ports, also when somebody damaged the file meanwhile.
    if (config && !readConfigFile(places.config)) writeConfigFile(places.config, config)
    progress('ending the pods, then the components')
    signal(pid, 'SIGTERM')
    if (!(await ended(settings, stopLimitMs))) {
      progress('it did not end by itself: killing it')
      signal(pid, 'SIGKILL')
      await ended(settings, stopLimitMs)
    }
  }
  // First the cgroups: if a node holds them that its files no longer tell of, it keeps its link.
  const left = await removeCgroups(cgroupRoot(settings))
  if (left.length > 0) throw cgroupsLeft(left)
  await removeLink(settings, config?.paths.bin)
  rmSync(places.run, { recursive: true, force: true })
}

/**
 * Removes all state of a stopped cluster.
 *
 * @returns the names of the volumes whose data went with it
 */
export function purgeNode(settings: Settings): string[] {
  const volumes = nodeVolumes(settings)
  rmSync(settings.clusterDir, { recursive: true, force: true, maxRetries: 3 })
  return volumes
}

/** The volumes that a cluster has on this machine, by the names of their PersistentVolumes. */
export function nodeVolumes(settings: Pick<Settings, 'clusterDir'>): string[] {
  const dir = `${nodePlaces(settings).state}/volumes`
  if (!existsSync(dir)) return []
  return readdirSync(dir).flatMap((file) => (file.endsWith('.img') ? [file.slice(0, -'.img'.length)] : []))
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function ended(settings: Settings, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs
  while (Date.now() < deadline) {
    if (nodeStatus(settings).pid === undefined) return true
    await sleep(50)
  }
  return false
}
