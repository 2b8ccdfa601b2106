import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PlatformError, repositoryRoot, type Settings } from '@platform/core'
import { releaseFilesOf } from './origin.ts'
import { pinsOf } from './pins.ts'
import { publishedChecksum } from './release/checksum.ts'
import { downloadText } from './release/download.ts'
import { pinnedFile } from './release/pinned.ts'
import { releaseAddress } from './release/upstream.ts'
import { units as allUnits, type Unit } from './units.ts'

/**
 * Writes down the digests that the upstreams publish of the releases of this checkout's versions: from then on a binary
 * must be the one that was published on that day. For whoever changes a version on a machine that reaches the upstreams.
 *
 * @param file for tests; default: the repository's
 * @returns the file written
 * @throws PlatformError DOWNLOAD_CHECKSUM_MISSING, those of `download`, and DOWNLOAD_CHECKSUM_CHANGED: a digest that was recorded before
 *   is now another one
 */
export async function recordReleases(
  { settings }: { readonly settings: Pick<Settings, 'TOOLCHAIN_RELEASE_MIRROR'> },
  units: readonly Unit[] = allUnits,
  file: string = join(repositoryRoot, pinnedFile),
): Promise<string> {
  const before = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
  const files = pinsOf(units).flatMap(releaseFilesOf)
  const found = await Promise.all(
    files.map(async ({ url, checksums }) => {
      const address = releaseAddress(checksums, settings.TOOLCHAIN_RELEASE_MIRROR)
      const digest = publishedChecksum(await downloadText(address), url)
      if (!digest) throw new PlatformError('DOWNLOAD_CHECKSUM_MISSING', `${address} has no SHA-256 of ${url}`)
      if (before[url] && before[url] !== digest) {
        const message = `${url} was ${before[url]}, and its upstream now says ${digest}`
        throw new PlatformError('DOWNLOAD_CHECKSUM_CHANGED', message, {
          hint: `take its line out of ${pinnedFile} if that is right`,
        })
      }
      return [url, digest] as const
    }),
  )
  const sorted = Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`)
  return file
}
