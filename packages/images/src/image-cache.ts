import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '@platform/core'
import { goProgramKey, sha256File } from '@platform/toolchain'
import type { ImageDefinition, ImageRecipe } from './definition.ts'

/** Raised when what a build makes of the same recipe changes. */
export const FORMAT = 2

/** An image in the cache: image.json beside its archive. */
export interface BuiltImage {
  readonly name: string
  readonly reference: string
  readonly fidelity: 'rebuilt' | 'stand-in'
  /** The archive's absolute path; not stored. */
  readonly archive: string
  /** Of the archive: bytes and SHA-256. */
  readonly size: number
  readonly sha256: string
  /** Of the image's manifest and of its config: `sha256:…`. */
  readonly digest: string
  readonly config: string
  /** Packages and their versions, by name. */
  readonly versions: Readonly<Record<string, string>>
  /** What is other than upstream's. */
  readonly says?: string
  /** ISO 8601. */
  readonly builtAt: string
}

/** The folder of all images in the user's cache. */
export function imagesDirectory(settings: Pick<Settings, 'cacheDir'>): string {
  return join(settings.cacheDir, 'images')
}

/**
 * The folder in which a recipe's image is cached: named by all that goes into it.
 *
 * @param bin the folder with the toolchain's binaries
 */
export async function cacheEntry(
  { settings, bin }: { settings: Pick<Settings, 'cacheDir'>; bin: string },
  definition: ImageDefinition,
  recipe: ImageRecipe,
): Promise<string> {
  const binaries: Record<string, string | undefined> = {}
  for (const source of recipe.sources) {
    if (source.kind === 'toolchain') binaries[source.binary] = await sha256File(join(bin, source.binary))
    if (source.kind === 'go') binaries[source.path] = goProgramKey(source)
  }
  const { name, upstream, config } = definition
  const all = JSON.stringify({ FORMAT, name, upstream, config, recipe, binaries })
  const key = createHash('sha256').update(all).digest('hex').slice(0, 16)
  return join(imagesDirectory(settings), `${name}-${key}`)
}

/** Reads an entry; undefined if it is not there or its archive is not as long as it was (then it is removed). */
export function readEntry(entry: string): BuiltImage | undefined {
  const file = join(entry, 'image.json')
  if (!existsSync(file)) return undefined
  const archive = join(entry, 'image.tar')
  try {
    const image = JSON.parse(readFileSync(file, 'utf8')) as BuiltImage
    if (statSync(archive).size === image.size) return { ...image, archive }
  } catch {
    // a broken image.json or no archive: the entry is corrupt
  }
  dropEntry(entry)
  return undefined
}

/** Every image that was built here and is still in the cache: whatever runs with one of their digests is ours. */
export function builtImages(settings: Pick<Settings, 'cacheDir'>): BuiltImage[] {
  const folder = imagesDirectory(settings)
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => {
    try {
      const entry = join(folder, name)
      const image = JSON.parse(readFileSync(join(entry, 'image.json'), 'utf8')) as BuiltImage
      return [{ ...image, archive: join(entry, 'image.tar') }]
    } catch {
      return [] // being built, a lock, or broken: whoever needs it builds it again
    }
  })
}

export function dropEntry(entry: string): void {
  rmSync(entry, { recursive: true, force: true })
}
