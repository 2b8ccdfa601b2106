import { join } from 'node:path'
import type { Settings } from '@platform/core'
import type { TargetDependencies } from './target.ts'

/** Path of the toolchain's Helm, which is built if missing. Needs no cluster. */
export async function pinnedHelm(settings: Settings, dependencies: TargetDependencies): Promise<string> {
  const { ensureToolchain, toolchainUnits } = await import('@platform/toolchain')
  const units = toolchainUnits.filter(({ name }) => name === 'helm')
  const { bin } = await ensureToolchain({ settings, ...dependencies, units })
  return join(bin, 'helm')
}
