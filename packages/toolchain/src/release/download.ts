import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { anySignal, PlatformError, withoutCredentials } from '@platform/core'

export interface DownloadOptions {
  readonly signal?: AbortSignal
  /** A transfer that brings nothing for so long has stalled; there is no limit for the whole. Default 20 s. */
  readonly stallMs?: number
  /** Told of each piece: bytes so far, and of how many, if the server says. */
  readonly progress?: (bytes: number, of: number | undefined) => void
}

/** What may go better a moment later. */
const TRANSIENT = ['DOWNLOAD_STALLED', 'DOWNLOAD_TRUNCATED', 'DOWNLOAD_UNREACHABLE']
const HINT = 'TOOLCHAIN_SOURCE=build compiles it; TOOLCHAIN_RELEASE_MIRROR=<URL> names a mirror'

/**
 * Fetches a file, once more if the first try breaks off.
 *
 * @returns its SHA-256
 * @throws PlatformError DOWNLOAD_NOT_FOUND, DOWNLOAD_UNREACHABLE, DOWNLOAD_STALLED, DOWNLOAD_TRUNCATED
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<string> {
  return await twice(options.signal, async () => {
    const hash = createHash('sha256')
    const out = await open(file, 'w')
    try {
      await receive(url, options, async (chunk) => {
        hash.update(chunk)
        await out.write(chunk)
      })
    } finally {
      await out.close()
    }
    return hash.digest('hex')
  })
}

/** Fetches a small text, such as a file of checksums. Errors as of `download`. */
export async function downloadText(url: string, options: DownloadOptions = {}): Promise<string> {
  return await twice(options.signal, async () => {
    const chunks: Uint8Array[] = []
    await receive(url, options, (chunk) => void chunks.push(chunk))
    return Buffer.concat(chunks).toString()
  })
}

async function twice<T>(signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (signal?.aborted || !(error instanceof PlatformError) || !TRANSIENT.includes(error.code)) throw error
    await sleep(300)
    return await attempt()
  }
}

/** Sends the request and yields the body chunk by chunk while data arrives. */
async function receive(
  url: string,
  { signal, stallMs = 20_000, progress }: DownloadOptions,
  take: (chunk: Uint8Array) => Promise<void> | void,
): Promise<void> {
  const stalled = new AbortController()
  const timer = setTimeout(() => stalled.abort(), stallMs)
  let received = 0
  let expected: number | undefined
  let taking = false
  const failure = (code: string, message: string, cause?: unknown) =>
    new PlatformError(code, `${withoutCredentials(url)}: ${message}`, { hint: HINT, cause })
  try {
    const response = await fetch(url, { signal: anySignal(signal, stalled.signal) })
    if (!response.ok) {
      await response.body?.cancel()
      const code = [404, 410].includes(response.status) ? 'DOWNLOAD_NOT_FOUND' : 'DOWNLOAD_UNREACHABLE'
      throw failure(code, `the server answers ${response.status} ${response.statusText}`.trim())
    }
    expected = lengthOf(response)
    for await (const chunk of response.body ?? []) {
      timer.refresh()
      received += chunk.length
      taking = true
      await take(chunk)
      taking = false
      progress?.(received, expected)
    }
    if (expected !== undefined && received < expected) throw new Error('the connection ended')
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    // What the disk says, not the server.
    if (taking || error instanceof PlatformError) throw error
    if (stalled.signal.aborted) throw failure('DOWNLOAD_STALLED', `nothing came for ${stallMs / 1000} s`, error)
    if (received === 0 && expected === undefined) throw failure('DOWNLOAD_UNREACHABLE', reasonOf(error), error)
    throw failure('DOWNLOAD_TRUNCATED', `it ended after ${received} of ${expected ?? 'unknown'} bytes`, error)
  } finally {
    clearTimeout(timer)
  }
}

/** How many bytes there will be; of a compressed transfer the header tells another number. */
function lengthOf({ headers }: Response): number | undefined {
  if (headers.get('content-encoding')) return undefined
  const length = Number(headers.get('content-length'))
  return headers.has('content-length') && Number.isSafeInteger(length) ? length : undefined
}

/** `fetch` says no more than "fetch failed"; its cause says why. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message
}
