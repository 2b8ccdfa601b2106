import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface SettingType {
  readonly type: string
  readonly default?: string
}

/** The settings that packages say they have, by name: those of one folder, or of the whole workspace. */
export function componentSettings(root: string, directory?: string): Readonly<Record<string, SettingType>> {
  const packages = join(root, 'packages')
  const folders = directory
    ? [directory]
    : existsSync(packages)
      ? readdirSync(packages).map((n) => join(packages, n))
      : []
  const all = folders.map((folder) => join(folder, 'package.json')).filter(existsSync)
  return Object.assign({}, ...all.map((file) => JSON.parse(readFileSync(file, 'utf8')).platform?.settings))
}
