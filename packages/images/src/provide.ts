import { dirname } from 'node:path'
import { listImages } from './containerd-images.ts'
import type { ImageDefinition } from './definition.ts'
import { dropEntry } from './image-cache.ts'
import { ImageLoadError } from './image-load-error.ts'
import { type LoadedImage, type LoadOptions, loadImages } from './load.ts'
import { readImageRecord } from './record.ts'
import { type ResolvedImage, type ResolveOptions, resolveImages } from './resolve.ts'

export type ProvideOptions = ResolveOptions & LoadOptions

/**
 * Resolves images and loads them into a containerd. Where a registry answers but does not serve an image, the next
 * fidelity is tried; a corrupt image of the cache is built again; an upstream image that the node has stays, whether
 * its registry can be reached or not.
 */
export async function provideImages(
  definitions: readonly ImageDefinition[],
  options: ProvideOptions,
): Promise<LoadedImage[]> {
  const unpullable = new Set<string>()
  const rebuilt = new Set<string>()
  const present = await presentUpstream(options)
  for (;;) {
    const resolved = await resolveImages(definitions, { ...options, unpullable, present })
    try {
      return await loadImages(resolved, options)
    } catch (error) {
      if (!(error instanceof ImageLoadError) || !tryAgain(error, resolved, { unpullable, rebuilt })) throw error
      options.emit({ type: 'notice', level: 'warn', message: error.message })
    }
  }
}

async function presentUpstream(options: ProvideOptions): Promise<Set<string>> {
  const record = options.record ? readImageRecord(options.record) : []
  const there = await listImages(options)
  const upstream = record.filter(
    ({ fidelity, reference, digest }) => fidelity === 'upstream' && there.get(reference)?.digest === digest,
  )
  return new Set(upstream.map(({ reference }) => reference))
}

function tryAgain(
  { code, reference }: ImageLoadError,
  resolved: readonly ResolvedImage[],
  { unpullable, rebuilt }: { unpullable: Set<string>; rebuilt: Set<string> },
): boolean {
  const tried = code === 'IMAGE_PULL_FAILED' ? unpullable : rebuilt
  if (tried.has(reference)) return false
  tried.add(reference)
  const archive = resolved.find((image) => image.reference === reference)?.archive
  if (code === 'IMAGE_CORRUPT' && archive) dropEntry(dirname(archive))
  return true
}
