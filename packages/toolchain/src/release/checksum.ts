import { basename } from 'node:path'

const DIGEST = /^[0-9a-f]{64}$/i

/**
 * Finds a file's SHA-256 in what its upstream publishes: a bare digest, or lines of `digest  name` as `sha256sum` writes
 * them.
 *
 * @param url the address of the file; its last element is its name in the list
 */
export function publishedChecksum(text: string, url: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/))
  const [only] = lines
  if (only?.length === 1 && DIGEST.test(only[0] ?? '')) return only[0]?.toLowerCase()
  const name = basename(url)
  const line = lines.find(
    ([digest = '', file = '']) => DIGEST.test(digest) && basename(file.replace(/^\*/, '')) === name,
  )
  return line?.[0]?.toLowerCase()
}
