import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** 1980-01-01, because some tools reject earlier dates. */
const mtime = 315_532_800
const block = 512

/**
 * Packs a folder as a reproducible chart archive: sorted, without owners, modes and times. `helm package` writes the current
 * time into each header.
 */
export function chartArchive(folder: string, name: string): Buffer {
  const files = listFiles(folder)
  const parts = files.flatMap((path) => entry(`${name}/${path}`, readFileSync(join(folder, path))))
  const end = new Uint8Array(2 * block)
  return gzipSync(concatenate([...parts, end]), { level: 9 })
}

/** All files below a folder, as `a/b`, sorted. */
function listFiles(folder: string, below = ''): string[] {
  const entries = readdirSync(join(folder, below), { withFileTypes: true })
  const found = entries.flatMap((each) => {
    const path = below ? `${below}/${each.name}` : each.name
    if (each.isDirectory()) return listFiles(folder, path)
    return each.isFile() ? [path] : []
  })
  // Chart.yaml first, as in Helm's own archives.
  return found.sort((a, b) => Number(b === 'Chart.yaml') - Number(a === 'Chart.yaml') || (a < b ? -1 : 1))
}

function entry(path: string, content: Buffer): Uint8Array[] {
  const padding = new Uint8Array((block - (content.length % block)) % block)
  return [header(path, content.length), new Uint8Array(content), padding]
}

/** A header of the ustar format. */
function header(path: string, size: number): Uint8Array {
  const bytes = new Uint8Array(block)
  const put = (text: string, at: number) => bytes.set(new TextEncoder().encode(text), at)
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`
  const { name, prefix } = splitPath(path)
  put(name, 0)
  put(octal(0o644, 8), 100)
  put(octal(0, 8), 108)
  put(octal(0, 8), 116)
  put(octal(size, 12), 124)
  put(octal(mtime, 12), 136)
  put('        ', 148)
  put('0', 156)
  put('ustar\0', 257)
  put('00', 263)
  put(prefix, 345)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return bytes
}

/** ustar has 100 bytes for the end of a path and 155 for its beginning. */
function splitPath(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' }
  const at = path.indexOf('/', Math.max(0, path.length - 101))
  const [prefix, name] = [path.slice(0, at), path.slice(at + 1)]
  if (at < 0 || Buffer.byteLength(name) > 100 || Buffer.byteLength(prefix) > 155) {
    throw new Error(`${path} is too long for a chart archive`)
  }
  return { name, prefix }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
