import { join } from 'node:path'
import type { PodObject } from '@platform/cluster'
import type { Settings } from '@platform/core'
import type { StatusDocument } from '@platform/core/documents'
import { findInRecord, type ImageRecord, normalizeReference, readImageRecord } from '@platform/images'

/** One container's image as it runs. */
export type RunningImage = StatusDocument['components'][number]['images'][number]

/** What was loaded into the cluster's node; empty on a cluster that pulls for itself. */
export function loadedImages(settings: Pick<Settings, 'TARGET' | 'clusterDir'>): ImageRecord {
  return settings.TARGET === 'embedded' ? readImageRecord(join(settings.clusterDir, 'images.json')) : []
}

/**
 * How near the images of running pods are to upstream, by the imageID that their node reports: what runs, not what was
 * meant. On the embedded node only we import: what is not on record was pulled. Elsewhere the reference tells.
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
      if (settings.TARGET === 'context') return { ...head, fidelity: byReference(image, settings.IMAGE_REGISTRY) }
      const entry = findInRecord(record, imageID)
      return { ...head, fidelity: entry?.fidelity ?? 'upstream', says: entry?.says }
    }),
  )
  const key = ({ container, imageID, image }: RunningImage) => `${container} ${imageID || image}`
  return [...new Map(images.map((each) => [key(each), each])).values()]
}

function byReference(image: string, mirror: string | undefined): RunningImage['fidelity'] {
  const prefix = mirror && `${mirror.replace(/\/+$/, '')}/`
  if (prefix && image.startsWith(prefix)) return 'mirror'
  // A runtime may tell an image by its id alone.
  return /^sha256:/.test(image) || !normalizeReference(image) ? 'unknown' : 'upstream'
}

/** `traefik rebuilt, grafana stand-in`: for a line of a table. */
export function imagesText(images: readonly RunningImage[]): string {
  return [...new Set(images.map(({ container, fidelity }) => `${container} ${fidelity}`))].join(', ')
}
