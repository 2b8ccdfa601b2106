import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ImageDefinition } from '@platform/images'
import type { Component } from './component.ts'

/** The images that a component's own chart runs: `images` of its src/images.ts. */
export async function imagesOf({ directory }: Pick<Component, 'directory'>): Promise<readonly ImageDefinition[]> {
  const file = pathToFileURL(join(directory, 'src', 'images.ts')).href
  const { images } = (await import(file)) as { images: readonly ImageDefinition[] }
  return images
}
