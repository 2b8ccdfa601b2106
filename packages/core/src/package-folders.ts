import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A folder under packages/. Its content (package.json, tests, images, dashboards) determines how it is used. */
export interface PackageFolder {
  readonly name: string
  /** Absolute. */
  readonly directory: string
}

/** The folders under packages/, sorted by name; none if the root has no packages/. There is no other list of packages. */
export function packageFolders(root: string): PackageFolder[] {
  const packages = join(root, 'packages')
  const names = existsSync(packages) ? readdirSync(packages).sort() : []
  return names.map((name) => ({ name, directory: join(packages, name) }))
}
