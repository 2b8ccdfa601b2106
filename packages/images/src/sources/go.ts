import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ensureGoProgram, goProgramKey } from '@platform/toolchain'
import type { GoSource } from '../definition.ts'
import type { SourceContext } from './context.ts'

/**
 * Builds a program of the repository; the second time it comes from the toolchain's cache.
 *
 * @throws PlatformError GO_MISSING, and the others of a Go build
 */
export async function layOutGo(
  source: GoSource,
  { root, settings, runner, emit, signal }: SourceContext,
): Promise<Record<string, string>> {
  const built = await ensureGoProgram(source, { settings, runner, emit, signal })
  const to = join(root, source.path)
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(built, to)
  chmodSync(to, 0o755)
  return { [source.folder]: goProgramKey(source) }
}
