import type { ProofContext } from '@platform/engine'
import { loadedImages } from '@platform/engine/live'
import { findInRecord, type ImageRecordEntry } from '@platform/images'

/** The package that contains the server in a rebuilt image. */
const serverPackage = 'mysql-server-core'

/** The version that the server must have, and its source. */
export interface WantedVersion {
  readonly version: string
  readonly of: string
}

interface RunningPod {
  readonly status?: {
    readonly containerStatuses?: readonly { readonly name: string; readonly imageID?: string }[]
  }
}

/** The version that the running server must report. Undefined: the chart's tag is not a number. */
export async function versionOf(context: ProofContext, pod: string): Promise<WantedVersion | undefined> {
  const { api, component, settings, values } = context
  const { status } = await api.get<RunningPod>(`/api/v1/namespaces/${component.namespace}/pods/${pod}`)
  const imageId = status?.containerStatuses?.find(({ name }) => name === component.release)?.imageID ?? ''
  const { images } = values as { images: { mysql: string } }
  return wantedVersion(images.mysql, findInRecord(loadedImages(settings), imageId))
}

/**
 * The version of the running image. For a rebuilt image it is that of the Debian package, because Debian keeps only the
 * latest version; for any other image it is the chart's tag. Pure.
 */
export function wantedVersion(
  image: string,
  built: Pick<ImageRecordEntry, 'fidelity' | 'versions'> | undefined,
): WantedVersion | undefined {
  const tag = imageVersion(image)
  if (built?.fidelity === 'rebuilt') {
    // Debian's 9.7.5+ds-2 is upstream's 9.7.5.
    const version = /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(built.versions?.[serverPackage] ?? '')?.[1]
    if (version !== undefined) return { version, of: `the image, which was rebuilt for ${image}` }
  }
  return tag === undefined ? undefined : { version: tag, of: `the chart, which names ${image}` }
}

/** `9.7.4` of `docker.io/library/mysql:9.7.4`; undefined when the tag is not a number. */
export function imageVersion(image: string): string | undefined {
  return /:(\d+(?:\.\d+)*)[^/]*$/.exec(image.split('@')[0] ?? '')?.[1]
}

/** Compares only the components of the tag: 9.7.4 matches 9.7. */
export function isVersion(version: string, wanted: string): boolean {
  return version.startsWith(wanted) && !/^\d/.test(version.slice(wanted.length))
}
