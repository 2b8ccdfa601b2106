import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { withLock } from '@platform/core'
import type { Fidelity } from './definition.ts'

/** What is known of an image that was loaded into a container runtime. */
export interface ImageRecordEntry {
  readonly name: string
  readonly reference: string
  readonly fidelity: Fidelity
  /** Manifest digest in the runtime and the image's id, `sha256:…`. Empty while it is not known: an archive on its way. */
  readonly digest: string
  readonly config?: string
  readonly versions?: Readonly<Record<string, string>>
  readonly says?: string
}

/** All that was ever loaded into one runtime, the last first: an old image may still run. */
export type ImageRecord = readonly ImageRecordEntry[]

const KEPT = 500

/** Several components load their images at the same time, each in its own process. */
const WAIT_MS = 30_000

/** Reads a record file; empty if there is none, or if it can't be read (then images are looked at anew). */
export function readImageRecord(file: string): ImageRecord {
  if (!existsSync(file)) return []
  try {
    const record: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return Array.isArray(record) ? (record as ImageRecord) : []
  } catch {
    return []
  }
}

/** Adds entries to a record file; whole or not at all, and nothing is lost of what others add meanwhile. */
export async function addToRecord(file: string, entries: ImageRecord): Promise<void> {
  const isNew = ({ digest, reference }: ImageRecordEntry) =>
    !entries.some((entry) => entry.digest === digest && entry.reference === reference)
  mkdirSync(dirname(file), { recursive: true })
  await withLock(`${file}.lock`, { command: 'recording images', waitMs: WAIT_MS }, async () => {
    const record = [...entries, ...readImageRecord(file).filter(isNew)].slice(0, KEPT)
    writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(record, null, 1)}\n`)
    renameSync(`${file}.${process.pid}`, file)
  })
}

/**
 * What a running container's image is, by the `imageID` in its pod's status (`sha256:…` or `name@sha256:…`). Undefined:
 * nothing is known of it; that it was pulled does not follow, for a record can be lost.
 */
export function findInRecord(record: ImageRecord, imageId: string): ImageRecordEntry | undefined {
  const digest = /sha256:[0-9a-f]{64}/.exec(imageId)?.[0]
  return record.find((entry) => digest !== undefined && (entry.digest === digest || entry.config === digest))
}
