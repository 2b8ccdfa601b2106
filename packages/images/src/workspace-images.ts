import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageFolders } from '@platform/core'
import type { ImageDefinition } from './definition.ts'
import { systemImages } from './definitions/system.ts'

/** The node's images and those of every package that has a src/images.ts: the workspace is the registry. */
export async function workspaceImages(root: string): Promise<ImageDefinition[]> {
  const images = [...systemImages]
  for (const { directory } of packageFolders(root)) {
    const file = join(directory, 'src/images.ts')
    if (!existsSync(file)) continue
    const module = (await import(pathToFileURL(file).href)) as { images?: readonly ImageDefinition[] }
    if (!module.images) throw new Error(`${file} must export its definitions as \`images\``)
    images.push(...module.images)
  }
  return images
}
