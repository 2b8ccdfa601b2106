import { join } from 'node:path'
import type { PodObject } from '@platform/cluster'
import type { Settings } from '@platform/core'
import type { StatusDocument } from '@platform/core/documents'
import { builtImages, findInRecord, type ImageRecord, normalizeReference, readImageRecord } from '@platform/images'

/** The image of a running container. */
export type RunningImage = StatusDocument['components'][number]['images'][number]

/**
 * The images that were loaded into the cluster's node, and those that were built on this machine: a record can be lost, and
 * `pnpm images load` loads images into clusters without one.
 */
export function loadedImages(settings: Pick<Settings, 'TARGET' | 'clusterDir' | 'cacheDir'>): ImageRecord {
  const recorded = settings.TARGET === 'embedded' ? readImageRecord(join(settings.clusterDir, 'images.json')) : []
  return [...recorded, ...builtImages(settings)]
}

/**
 * The fidelity of the images of running pods, by the imageID that the node reports. On the embedded node an image without
 * a record is `unknown`. On other clusters, which pull by themselves, the reference decides.
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

/** The record of a pulled image lacks the image id. If a pod reports only that, the newest record of the reference counts. */
function pulledAs(image: string, imageId: string, record: ImageRecord) {
  if (!imageId.startsWith('sha256:')) return undefined
  const last = record.find(({ reference }) => reference === image)
  return last?.fidelity === 'upstream' && !last.config ? last : undefined
}

function byReference(image: string, mirror: string | undefined): RunningImage['fidelity'] {
  const prefix = mirror && `${mirror.replace(/\/+$/, '')}/`
  if (prefix && image.startsWith(prefix)) return 'mirror'
  // A runtime may report the image id only.
  return /^sha256:/.test(image) || !normalizeReference(image) ? 'unknown' : 'upstream'
}

/** `grafana is a stand-in: …`: one line for each image that differs from upstream. */
export function otherThanUpstream(images: readonly RunningImage[]): string[] {
  const noted = images.filter(({ note }) => note)
  return [...new Set(noted.map(({ image, note }) => `${image} ${note}`))].map((key) => {
    const same = noted.filter(({ image, note }) => `${image} ${note}` === key)
    const names = [...new Set(same.map(({ container }) => container))]
    const [{ fidelity = '', note = '' } = {}] = same
    const what = fidelity === 'stand-in' ? 'a stand-in' : fidelity
    return `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} ${what}: ${note}`
  })
}

/** `traefik rebuilt, grafana stand-in`, for a table. */
export function imagesText(images: readonly RunningImage[]): string {
  return [...new Set(images.map(({ container, fidelity }) => `${container} ${fidelity}`))].join(', ')
}
