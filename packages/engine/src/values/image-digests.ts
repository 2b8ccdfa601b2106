import type { Values } from '../component/identity.ts'
import { isRecord } from './merge.ts'
import type { DesiredRelease } from './types.ts'

/** `global.images` of our charts, by reference. A pod template carries the digests of its own images. */
export type ImageValues = Readonly<Record<string, { readonly source: string; readonly digest?: string }>>

/** In a plan: the digest of an image that is not loaded yet. */
export const unknownDigest = 'known once the image is loaded'

/** `global.images` of a release's values; empty where it has none. */
export function imageValues(values: Values): ImageValues {
  const { global } = values
  return isRecord(global) && isRecord(global.images) ? (global.images as ImageValues) : {}
}

/** The release with the digest of each of its images. The fingerprint does not depend on them. */
export function withImageDigests(
  desired: DesiredRelease,
  digestOf: (reference: string, source: string) => string,
): DesiredRelease {
  const images = Object.entries(imageValues(desired.values)).map(([reference, { source }]) => [
    reference,
    { source, digest: digestOf(reference, source) },
  ])
  if (!images.length) return desired
  const global = { ...(desired.values.global as Values), images: Object.fromEntries(images) }
  return { ...desired, values: { ...desired.values, global } }
}

/** The digests that the deployed release has, of images whose source is still the same. */
export function deployedDigests(deployed: Values | undefined): (reference: string, source: string) => string {
  const known = imageValues(deployed ?? {})
  return (reference, source) =>
    (known[reference]?.source === source ? known[reference]?.digest : undefined) ?? unknownDigest
}
