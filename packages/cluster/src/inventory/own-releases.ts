import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageFolders } from '@platform/core'
import type { OwnRelease } from './inventory.ts'

/** The Helm releases of the workspace's components: the workspace is the registry. */
export async function ownReleases(root: string): Promise<OwnRelease[]> {
  const found: OwnRelease[] = []
  for (const { directory } of packageFolders(root)) {
    const manifest = join(directory, 'package.json')
    const file = join(directory, 'src/component.ts')
    if (!existsSync(manifest) || !existsSync(file)) continue
    const { platform } = JSON.parse(readFileSync(manifest, 'utf8')) as { platform?: { component?: boolean } }
    if (!platform?.component) continue
    const { component } = (await import(pathToFileURL(file).href)) as { component?: OwnRelease }
    if (component) found.push({ release: component.release, namespace: component.namespace })
  }
  return found
}
