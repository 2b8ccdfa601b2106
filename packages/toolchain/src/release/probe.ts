import type { Settings } from '@platform/core'
import { publishedChecksum } from './checksum.ts'
import { downloadText } from './download.ts'
import { type ReleaseFile, releaseAddress } from './upstream.ts'

/** Says which of the hosts can be used. Tests hand in a fake. */
export type ProbeReleases = (
  files: readonly ReleaseFile[],
  settings: Pick<Settings, 'TOOLCHAIN_RELEASE_MIRROR'>,
  signal?: AbortSignal,
) => Promise<ReadonlySet<string>>

/** How long all hosts together have to answer. */
const LIMIT_MS = 4000

/** The host that publishes a file. */
export function releaseHost({ url }: Pick<ReleaseFile, 'url'>): string {
  return new URL(url).host
}

/**
 * Asks each host once, all at the same time, for a file of checksums. Only what reads as one counts as an answer: a page
 * that a network puts in the way of everything does not. A host that has no such file is there all the same.
 */
export const probeReleases: ProbeReleases = async (files, { TOOLCHAIN_RELEASE_MIRROR: mirror }, signal) => {
  const byHost = new Map(files.map((file) => [releaseHost(file), file] as const).reverse())
  const limit = AbortSignal.timeout(LIMIT_MS)
  const answers = await Promise.all(
    [...byHost].map(async ([host, file]) => ((await answersFor(file, mirror, limit)) ? [host] : [])),
  )
  signal?.throwIfAborted()
  return new Set(answers.flat())
}

async function answersFor(file: ReleaseFile, mirror: string | undefined, signal: AbortSignal): Promise<boolean> {
  try {
    const text = await downloadText(releaseAddress(file.checksums, mirror), { signal })
    return publishedChecksum(text, file.url) !== undefined
  } catch (error) {
    return (error as { code?: unknown } | undefined)?.code === 'DOWNLOAD_NOT_FOUND'
  }
}
