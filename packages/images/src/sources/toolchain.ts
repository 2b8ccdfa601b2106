import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PlatformError } from '@platform/core'
import type { ToolchainSource } from '../definition.ts'
import type { SourceContext } from './context.ts'

/** @throws PlatformError IMAGE_NEEDS_TOOLCHAIN */
export async function layOutToolchain(
  { binary, path }: ToolchainSource,
  { root, bin }: SourceContext,
): Promise<Record<string, string>> {
  const from = join(bin, binary)
  if (!existsSync(from)) {
    throw new PlatformError('IMAGE_NEEDS_TOOLCHAIN', `there is no ${from} to make an image of`, {
      hint: 'pnpm toolchain:build',
    })
  }
  const to = join(root, path)
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
  chmodSync(to, 0o755)
  return {}
}
