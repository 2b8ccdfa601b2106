import { type Emit, step } from '@platform/core'
import { sha256File } from '@platform/toolchain'
import { type Containerd, ctrCommand, listImages, pinnedLabel, type StoredImage } from './containerd-images.ts'
import { ImageLoadError } from './image-load-error.ts'
import { pullImage } from './pull.ts'
import { addToRecord, type ImageRecord, type ImageRecordEntry, readImageRecord } from './record.ts'
import type { ResolvedImage } from './resolve.ts'

export interface LoadOptions extends Containerd {
  readonly emit: Emit
  /** The file in which is written what was loaded; `status` reads running pods' images against it. */
  readonly record?: string
}

export interface LoadedImage extends ImageRecordEntry {
  /** False: it was there already. */
  readonly changed: boolean
}

/**
 * Loads images into a containerd under their upstream references. Images that exist are skipped (one
 * `ctr images ls`). Each is on record before it can run, so that whoever is killed meanwhile leaves no stand-in behind
 * that passes for something else.
 *
 * Upstream images are pulled here and not left to kubelet: whether a registry really serves an image is known only
 * when it has, and then something else can still be tried. containerd does the pulling, in its own network.
 *
 * @throws PlatformError IMAGE_PULL_FAILED, IMAGE_CORRUPT: their `references` can be resolved again
 */
export async function loadImages(images: readonly ResolvedImage[], options: LoadOptions): Promise<LoadedImage[]> {
  const { emit, record } = options
  const known = record ? readImageRecord(record) : []
  const there = await listImages(options)
  const wanted = images.filter((image) => !isThere(image, there.get(image.reference), known))
  for (const [i, image] of wanted.entries()) {
    const work = async (progress: (message: string) => void) => {
      if (image.fidelity !== 'upstream') {
        if (record) await addToRecord(record, [entryOf(image, image.digest ?? '')])
        return importArchive(image, options)
      }
      await pullImage(image, { ...options, progress })
      // Its digest is known only now.
      if (record)
        await addToRecord(record, [entryOf(image, (await listImages(options)).get(image.reference)?.digest ?? '')])
    }
    await step(emit, `load ${image.name}`, work, { n: i + 1, of: wanted.length, detail: () => image.fidelity })
  }
  const now = wanted.length ? await listImages(options) : there
  const loaded = images.map((image) => ({
    ...entryOf(image, now.get(image.reference)?.digest ?? ''),
    changed: wanted.includes(image),
  }))
  if (record) {
    const recorded = readImageRecord(record)
    const missing = loaded.filter((image) => !recorded.some((entry) => isSame(entry, image)))
    if (missing.length)
      await addToRecord(
        record,
        missing.map(({ changed: _, ...entry }) => entry),
      )
  }
  return loaded
}

function isSame(one: ImageRecordEntry, other: ImageRecordEntry): boolean {
  const keys = ['digest', 'reference', 'fidelity', 'config', 'says'] as const
  return keys.every((key) => one[key] === other[key])
}

function isThere(image: ResolvedImage, stored: StoredImage | undefined, known: ImageRecord): boolean {
  if (!stored) return false
  const { digest, pinned } = stored
  if (image.digest) return image.digest === digest
  const entry = known.find((entry) => entry.digest === digest && entry.reference === image.reference)
  // Nobody but us imports, and what we import is pinned: what is not, and not on record, was pulled.
  if (image.fidelity === 'upstream') return entry ? entry.fidelity === 'upstream' : !pinned
  return entry?.fidelity === 'archive' && entry.config === image.config
}

function entryOf(image: ResolvedImage, digest: string): ImageRecordEntry {
  const { name, reference, fidelity, config, versions, says } = image
  return { name, reference, fidelity, digest, config, versions, says }
}

async function importArchive(image: ResolvedImage, options: LoadOptions): Promise<void> {
  const { runner, signal } = options
  const { archive = '', sha256, reference } = image
  if (sha256 && (await sha256File(archive)) !== sha256) {
    throw new ImageLoadError('IMAGE_CORRUPT', `${archive} is not what was built (its SHA-256 is another)`, reference)
  }
  // Without --local ctr streams the archive in small pieces, which takes three times as long.
  await runner.run(ctrCommand(options, 'images', 'import', '--local', '--label', pinnedLabel, archive), { signal })
}
