import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Runner, repositoryRoot, type Settings } from '@platform/core'
import { ensureGo, type GoInstallation } from './go-installation.ts'
import { goEnvironment, modulesFile } from './pins.ts'
import { placesOf } from './places.ts'
import { type GoUnit, units } from './units.ts'

/**
 * Writes down which modules each unit of a shared go.mod is made of, so that a change of one of them changes the key of
 * the units that have it, and of no other. For whoever changes a go.mod.
 *
 * @returns the files written
 */
export async function recordModules({
  settings,
  runner,
}: {
  readonly settings: Pick<Settings, 'cacheDir'>
  readonly runner: Runner
}): Promise<string[]> {
  const go = await ensureGo('1.26', { places: placesOf(settings.cacheDir), runner })
  const goUnits = units.filter((unit): unit is GoUnit => unit.kind === 'go')
  const folders = [...new Set(goUnits.map(({ folder }) => folder))]
  const written: string[] = []
  for (const folder of folders) {
    const file = join(repositoryRoot, folder, modulesFile)
    if (!existsSync(file)) continue
    const modules: Record<string, string[]> = {}
    for (const unit of goUnits.filter((u) => u.folder === folder))
      modules[unit.name] = await modulesOf(unit, go, runner)
    writeFileSync(file, `${JSON.stringify(modules, null, 2)}\n`)
    written.push(file)
  }
  return written
}

async function modulesOf(unit: GoUnit, go: GoInstallation, runner: Runner): Promise<string[]> {
  const format = '{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}'
  const { stdout } = await runner.run([go.command, 'list', '-deps', '-f', format, ...Object.keys(unit.programs)], {
    cwd: join(repositoryRoot, unit.folder),
    env: { ...goEnvironment, ...go.env },
  })
  return [...new Set(stdout.split('\n').filter(Boolean))].sort()
}
