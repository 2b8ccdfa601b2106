import {
  lstatSync,
  lutimesSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { ReleaseOrigin } from './release/upstream.ts'
import { sha256File } from './sha256-file.ts'

/**
 * An entry of the cache is a folder with the unit's `files/`, a `manifest.json` that says what they must be, and a
 * `stamps.json` of their sizes and times, by which a later change is noticed without reading them.
 */
export interface Manifest {
  readonly name: string
  readonly key: string
  readonly version: string
  /** The pins it was built for. */
  readonly inputs: Readonly<Record<string, string>>
  /** What it was built with, and what came of it: the Go version; Debian package → version; nothing of a release. */
  readonly built: Readonly<Record<string, string>>
  /** Where its programs come from. Entries of before there were releases do not say it: they were built. */
  readonly origin?: Origin
  /** Path in `files/` → what is there. */
  readonly files: Readonly<Record<string, FileRecord>>
}

/** How an entry's programs were had: compiled here from pinned modules, unpacked from Debian packages, or upstream's own. */
export type Origin =
  | { readonly source: 'compiled' | 'debian' }
  | { readonly source: 'release'; readonly files: readonly ReleaseOrigin[] }

export type FileRecord =
  | { readonly size: number; readonly sha256: string; readonly mode: number }
  | { readonly link: string }
  | { readonly folder: true; readonly mode: number }

/** `[size, time of the last change in ms]` of each regular file and of the manifest, by path in the entry. */
type Stamps = Record<string, readonly [size: number, ms: number]>

/** What is found where an entry should be. */
export type EntryState =
  | { readonly state: 'good' }
  | { readonly state: 'missing' }
  | { readonly state: 'damaged'; readonly reason: string }

/** One time for all files that we make: an entry's content depends on its pins alone. */
export const fixedTime = new Date('2026-01-01T00:00:00Z')

export function filesOf(folder: string): string {
  return join(folder, 'files')
}

/** @throws Error if there is no manifest or it is no JSON */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest
}

/** Records what lies in `folder/files`: the last thing before the folder is renamed to its place. */
export async function sealEntry(
  folder: string,
  about: Omit<Manifest, 'files'>,
  signal?: AbortSignal,
): Promise<Manifest> {
  const files: Record<string, FileRecord> = {}
  for (const path of walk(filesOf(folder))) {
    signal?.throwIfAborted()
    files[path] = await recordOf(join(filesOf(folder), path))
  }
  const manifest: Manifest = { ...about, files }
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`)
  writeStamps(folder, manifest)
  return manifest
}

/** Compares sizes and times only: some milliseconds for a thousand files. */
export function glanceAtEntry(folder: string): EntryState {
  let stamps: Stamps
  try {
    stamps = JSON.parse(readFileSync(join(folder, 'stamps.json'), 'utf8')) as Stamps
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !exists(folder)) return { state: 'missing' }
    return { state: 'damaged', reason: `its stamps cannot be read (${(error as Error).message})` }
  }
  for (const [path, [size, ms]] of Object.entries(stamps)) {
    const stat = lstat(`${folder}/${path}`)
    if (!stat) return { state: 'damaged', reason: `${path} is missing` }
    if (stat.size !== size) return { state: 'damaged', reason: `${path} has ${stat.size} bytes, not ${size}` }
    if (stat.mtimeMs !== ms) return { state: 'damaged', reason: `${path} was changed` }
  }
  return { state: 'good' }
}

/** Reads everything and compares it with the manifest: seconds. Files that were touched but are the same are good. */
export async function verifyEntry(folder: string, signal?: AbortSignal): Promise<EntryState> {
  if (!exists(folder)) return { state: 'missing' }
  let manifest: Manifest
  try {
    manifest = readManifest(folder)
  } catch (error) {
    return { state: 'damaged', reason: `its manifest cannot be read (${(error as Error).message})` }
  }
  const found = new Set(exists(filesOf(folder)) ? walk(filesOf(folder)) : [])
  for (const [path, expected] of Object.entries(manifest.files)) {
    signal?.throwIfAborted()
    if (!found.delete(path)) return { state: 'damaged', reason: `${path} is missing` }
    const actual = await recordOf(join(filesOf(folder), path))
    if (JSON.stringify(actual) !== JSON.stringify(expected)) {
      return { state: 'damaged', reason: `${path} is not what was built` }
    }
  }
  const [extra] = found
  if (extra !== undefined) return { state: 'damaged', reason: `${extra} does not belong there` }
  writeStamps(folder, manifest)
  return { state: 'good' }
}

/** The content of a fresh program gets a fixed time and mode. */
export function settleFile(path: string): void {
  lutimesSync(path, fixedTime, fixedTime)
}

export function removeTree(path: string): void {
  rmSync(path, { recursive: true, force: true })
}

function writeStamps(folder: string, manifest: Manifest): void {
  const regular = Object.entries(manifest.files).filter(([, record]) => 'sha256' in record)
  const stamps: Stamps = {}
  for (const path of ['manifest.json', ...regular.map(([path]) => join('files', path))]) {
    const { size, mtimeMs } = lstatSync(join(folder, path))
    stamps[path] = [size, mtimeMs]
  }
  writeFileSync(join(folder, 'stamps.json'), `${JSON.stringify(stamps)}\n`)
}

async function recordOf(path: string): Promise<FileRecord> {
  const stat = lstatSync(path)
  const mode = stat.mode & 0o7777
  if (stat.isSymbolicLink()) return { link: readlinkSync(path) }
  if (stat.isDirectory()) return { folder: true, mode }
  return { size: stat.size, sha256: (await sha256File(path)) ?? '', mode }
}

/** All that lies below a folder, sorted. */
function walk(root: string, below = ''): string[] {
  return readdirSync(join(root, below), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(below, entry.name)
      return entry.isDirectory() ? [path, ...walk(root, path)] : [path]
    })
}

function lstat(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

function exists(path: string): boolean {
  return lstat(path) !== undefined
}
