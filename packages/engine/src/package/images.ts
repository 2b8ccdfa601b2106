import type { Manifest } from '@platform/cluster'
import { isRecord } from '../values/merge.ts'

/** The distinct images of all containers of these objects, sorted. */
export function imagesOf(objects: readonly Manifest[]): string[] {
  return [...new Set(objects.flatMap((object) => containerImages(object)))].sort()
}

function containerImages(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(containerImages)
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([key, each]) => {
    if ((key === 'containers' || key === 'initContainers') && Array.isArray(each)) {
      return each.flatMap((container) =>
        isRecord(container) && typeof container.image === 'string' ? [container.image] : [],
      )
    }
    return containerImages(each)
  })
}
