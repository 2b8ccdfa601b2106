import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A folder under packages/: what it holds says what it is for (a package.json, tests, images, dashboards). */
export interface PackageFolder {
  readonly name: string
  /** Absolute. */
  readonly directory: string
}

/** The folders of the workspace's packages, by name: the workspace is the registry. None in a root without packages/. */
export function packageFolders(root: string): PackageFolder[] {
  const packages = join(root, 'packages')
  const names = existsSync(packages) ? readdirSync(packages).sort() : []
  return names.map((name) => ({ name, directory: join(packages, name) }))
}
