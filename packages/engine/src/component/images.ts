import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ImageDefinition } from '@platform/images'
import type { Component } from './component.ts'

/** The images of a component's own chart: `images` of its src/images.ts, or none without that file. */
export async function imagesOf({ directory }: Pick<Component, 'directory'>): Promise<readonly ImageDefinition[]> {
  const file = join(directory, 'src', 'images.ts')
  if (!existsSync(file)) return []
  const { images } = (await import(pathToFileURL(file).href)) as { images: readonly ImageDefinition[] }
  return images
}
