import { join } from 'node:path'
import type { Settings } from '@platform/core'
import type { TargetDependencies } from './target.ts'

/** The Helm of the toolchain, built when it is not there: the same one for everybody, and no cluster is needed for it. */
export async function pinnedHelm(settings: Settings, dependencies: TargetDependencies): Promise<string> {
  const { ensureToolchain, toolchainUnits } = await import('@platform/toolchain')
  const units = toolchainUnits.filter(({ name }) => name === 'helm')
  const { bin } = await ensureToolchain({ settings, ...dependencies, units })
  return join(bin, 'helm')
}
