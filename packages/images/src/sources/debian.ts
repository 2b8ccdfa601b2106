import { unpackDebian } from '@platform/toolchain'
import type { DebianSource } from '../definition.ts'
import type { SourceContext } from './context.ts'

export async function layOutDebian(
  { suite, packages, dependencies, leaveOut, exclude }: DebianSource,
  { root, settings, runner, emit, signal }: SourceContext,
): Promise<Record<string, string>> {
  const unpacked = await unpackDebian({
    suite,
    packages,
    dependencies,
    leaveOut,
    exclude,
    into: root,
    settings,
    runner,
    emit,
    signal,
  })
  return Object.fromEntries(unpacked.packages.map(({ name, version }) => [name, version]))
}
