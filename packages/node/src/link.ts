import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Settings, systemRunner } from '@platform/core'
import { toolchainLocation } from '@platform/toolchain/state'
import { linkName } from './names.ts'

/**
 * Removes the link of a node that has ended. A node that was killed leaves it for as long as the kernel holds its network
 * namespace: as long as a connection of it waits for an answer, minutes. Nothing there is no error.
 *
 * @param bin the programs that the node was started with, if that is known; the pins may have moved on since
 */
export async function removeLink(settings: Settings, bin?: string): Promise<void> {
  const link = linkName(settings)
  if (!existsSync(`/sys/class/net/${link}`)) return
  const agents = [bin, toolchainLocation(settings).bin].flatMap((dir) => (dir ? [join(dir, 'node-agent')] : []))
  const agent = agents.find((file) => existsSync(file))
  await systemRunner.run(agent ? [agent, 'unlink', link] : ['ip', 'link', 'delete', link])
}
