import { chmodSync, mkdirSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { PlatformError, type Runner } from '@platform/core'
import { filesOf, removeTree, settleFile } from '../entry.ts'
import { publishedChecksum } from './checksum.ts'
import { download, downloadText } from './download.ts'
import { pinnedChecksum } from './pinned.ts'
import { type ReleaseFile, type ReleaseOrigin, releaseAddress } from './upstream.ts'

export interface FetchRelease {
  readonly files: readonly ReleaseFile[]
  /** The folder that becomes the entry. */
  readonly folder: string
  readonly mirror: string | undefined
  readonly runner: Runner
  readonly progress: (share: number, message: string) => void
  readonly signal?: AbortSignal
  /** For tests. */
  readonly stallMs?: number
  readonly pinned?: (url: string) => string | undefined
}

/**
 * Fetches a unit's official binaries into `folder/files`, all at once, each verified before it is unpacked.
 *
 * @throws PlatformError DOWNLOAD_CHECKSUM_MISMATCH, DOWNLOAD_CHECKSUM_MISSING, DOWNLOAD_CORRUPT, and those of `download`
 */
export async function fetchRelease(options: FetchRelease): Promise<ReleaseOrigin[]> {
  const { files, folder, progress } = options
  mkdirSync(filesOf(folder), { recursive: true })
  const parts = files.map(() => ({ bytes: 0, of: 0 }))
  const said = (index: number, bytes: number, of: number | undefined) => {
    parts[index] = { bytes, of: of ?? 0 }
    const [done, all] = [parts.reduce((s, p) => s + p.bytes, 0), parts.reduce((s, p) => s + p.of, 0)]
    progress(all ? (0.95 * done) / all : 0, `${megabytes(done)}${all ? ` of ${megabytes(all)}` : ''} MB`)
  }
  return await Promise.all(files.map((file, index) => fetchFile(file, index, options, (b, of) => said(index, b, of))))
}

async function fetchFile(
  file: ReleaseFile,
  index: number,
  { folder, mirror, runner, signal, stallMs, pinned = pinnedChecksum }: FetchRelease,
  progress: (bytes: number, of: number | undefined) => void,
): Promise<ReleaseOrigin> {
  const work = join(folder, `download-${index}`)
  mkdirSync(work, { recursive: true })
  const archive = join(work, basename(file.url))
  const pin = pinned(file.url)
  const [expected, sha256] = await Promise.all([
    pin ?? publishedFor(file, mirror, { signal, stallMs }),
    download(releaseAddress(file.url, mirror), archive, { signal, stallMs, progress }),
  ])
  const verified = pin ? 'pinned' : 'published'
  if (sha256 !== expected) {
    const where = pin ? 'this repository' : file.checksums
    throw new PlatformError(
      'DOWNLOAD_CHECKSUM_MISMATCH',
      `${releaseAddress(file.url, mirror)} is not what ${where} says: SHA-256 ${sha256}, not ${expected}`,
      { hint: 'TOOLCHAIN_SOURCE=build compiles it; nothing of the file was used' },
    )
  }
  const source = Object.values(file.programs).includes('.') ? undefined : join(work, 'unpacked')
  if (source) await unpack(archive, source, runner, signal)
  for (const [program, member] of Object.entries(file.programs)) {
    const target = join(filesOf(folder), program)
    try {
      renameSync(source ? join(source, member) : archive, target)
    } catch (error) {
      throw damaged(file, `it has no ${member}`, error)
    }
    chmodSync(target, 0o755)
    settleFile(target)
  }
  removeTree(work)
  return { url: file.url, sha256, verified }
}

async function publishedFor(
  { url, checksums }: ReleaseFile,
  mirror: string | undefined,
  options: { readonly signal?: AbortSignal; readonly stallMs?: number },
): Promise<string> {
  const published = publishedChecksum(await downloadText(releaseAddress(checksums, mirror), options), url)
  if (published) return published
  throw new PlatformError(
    'DOWNLOAD_CHECKSUM_MISSING',
    `${releaseAddress(checksums, mirror)} has no SHA-256 of ${basename(url)}`,
    {
      hint: 'TOOLCHAIN_SOURCE=build compiles it',
    },
  )
}

async function unpack(archive: string, into: string, runner: Runner, signal: AbortSignal | undefined): Promise<void> {
  mkdirSync(into, { recursive: true })
  const command = ['tar', '--extract', '--gzip', `--file=${archive}`, `--directory=${into}`, '--no-same-owner']
  await runner.run(command, { signal })
}

function damaged({ url }: ReleaseFile, what: string, cause: unknown): PlatformError {
  return new PlatformError('DOWNLOAD_CORRUPT', `${url}: ${what}`, { hint: 'TOOLCHAIN_SOURCE=build compiles it', cause })
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)
}
