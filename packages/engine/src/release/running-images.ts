import { join } from 'node:path'
import type { PodObject } from '@platform/cluster'
import type { Settings } from '@platform/core'
import type { StatusDocument } from '@platform/core/documents'
import { builtImages, findInRecord, type ImageRecord, normalizeReference, readImageRecord } from '@platform/images'

/** One container's image as it runs. */
export type RunningImage = StatusDocument['components'][number]['images'][number]

/**
 * What was loaded into the cluster's node, and what was built here: a record may be lost, and `pnpm images load` brings
 * images to clusters that have none.
 */
export function loadedImages(settings: Pick<Settings, 'TARGET' | 'clusterDir' | 'cacheDir'>): ImageRecord {
  const recorded = settings.TARGET === 'embedded' ? readImageRecord(join(settings.clusterDir, 'images.json')) : []
  return [...recorded, ...builtImages(settings)]
}

/**
 * How near the images of running pods are to upstream, by the imageID that their node reports: what runs, not what was
 * meant. On the embedded node what is not on record is not known: that it was pulled would be a guess. Elsewhere the
 * cluster pulls by itself, and the reference tells.
 */
export function runningImages(
  pods: readonly PodObject[],
  settings: Pick<Settings, 'TARGET' | 'IMAGE_REGISTRY'>,
  record: ImageRecord,
): RunningImage[] {
  const images = pods.flatMap(({ status }) =>
    (status?.containerStatuses ?? []).map(({ name, image = '', imageID = '' }): RunningImage => {
      const head = { container: name, image, imageID }
      if (!imageID) return { ...head, fidelity: 'unknown' }
      const entry = findInRecord(record, imageID) ?? pulledAs(image, imageID, record)
      if (entry) return { ...head, fidelity: entry.fidelity, note: entry.says }
      const onContext = settings.TARGET === 'context'
      return { ...head, fidelity: onContext ? byReference(image, settings.IMAGE_REGISTRY) : 'unknown' }
    }),
  )
  const key = ({ container, imageID, image }: RunningImage) => `${container} ${imageID || image}`
  return [...new Map(images.map((each) => [key(each), each])).values()]
}

/** A pulled image is on record without its id, which may be all that a pod tells: then what came last under its name. */
function pulledAs(image: string, imageId: string, record: ImageRecord) {
  if (!imageId.startsWith('sha256:')) return undefined
  const last = record.find(({ reference }) => reference === image)
  return last?.fidelity === 'upstream' && !last.config ? last : undefined
}

function byReference(image: string, mirror: string | undefined): RunningImage['fidelity'] {
  const prefix = mirror && `${mirror.replace(/\/+$/, '')}/`
  if (prefix && image.startsWith(prefix)) return 'mirror'
  // A runtime may tell an image by its id alone.
  return /^sha256:/.test(image) || !normalizeReference(image) ? 'unknown' : 'upstream'
}

/** `grafana is a stand-in: …`, one line for each that says what is other than upstream's. */
export function otherThanUpstream(images: readonly RunningImage[]): string[] {
  const saying = images.filter(({ note }) => note)
  return [...new Set(saying.map(({ image, note }) => `${image} ${note}`))].map((key) => {
    const same = saying.filter(({ image, note }) => `${image} ${note}` === key)
    const names = [...new Set(same.map(({ container }) => container))]
    const [{ fidelity = '', note = '' } = {}] = same
    const what = fidelity === 'stand-in' ? 'a stand-in' : fidelity
    return `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} ${what}: ${note}`
  })
}

/** `traefik rebuilt, grafana stand-in`: for a line of a table. */
export function imagesText(images: readonly RunningImage[]): string {
  return [...new Set(images.map(({ container, fidelity }) => `${container} ${fidelity}`))].join(', ')
}
