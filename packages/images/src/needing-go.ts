import type { Settings } from '@platform/core'
import type { ImageDefinition } from './definition.ts'
import { cacheEntry, readEntry } from './image-cache.ts'

/**
 * The names of images that are made of Go programs here and are not in the cache: those that only a Go could still build.
 * Whether they will be built is another question: upstream's may be had.
 */
export async function imagesNeedingGo(
  where: { readonly settings: Pick<Settings, 'cacheDir'>; readonly bin: string },
  definitions: readonly ImageDefinition[],
): Promise<string[]> {
  const names = await Promise.all(
    definitions.map(async (definition) => {
      const recipe = definition.rebuilt ?? definition.standIn
      if (!recipe?.sources.some(({ kind }) => kind === 'go')) return []
      return readEntry(await cacheEntry(where, definition, recipe)) ? [] : [definition.name]
    }),
  )
  return names.flat()
}
