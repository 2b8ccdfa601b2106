import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Runner, Settings } from '@platform/core'
import { unpackDebian } from './debian/index.ts'
import { filesOf, removeTree, settleFile } from './entry.ts'
import type { DebianProgramUnit } from './units.ts'

/** Takes a unit's programs out of its Debian package, into `folder/files`. Returns the package's version by its name. */
export async function buildDebianProgram(options: {
  readonly unit: DebianProgramUnit
  readonly folder: string
  readonly settings: Settings
  readonly runner: Runner
  readonly progress: (share: number, message: string) => void
  readonly signal?: AbortSignal
}): Promise<Record<string, string>> {
  const { unit, folder, settings, runner, progress, signal } = options
  const root = join(folder, 'unpacked')
  mkdirSync(filesOf(folder), { recursive: true })
  const { packages } = await unpackDebian({
    suite: unit.suite,
    packages: [unit.package],
    dependencies: false,
    into: root,
    settings,
    runner,
    emit: (event) => event.type === 'step.progress' && progress(0.5, event.message),
    signal,
  })
  for (const [path, program] of Object.entries(unit.programs)) {
    const target = join(filesOf(folder), program)
    renameSync(join(root, path), target)
    settleFile(target)
  }
  removeTree(root)
  return Object.fromEntries(packages.map(({ name, version }) => [name, version]))
}
