import type { Manifest } from '@platform/cluster'
import { isRecord } from '../values/merge.ts'
import { findItem, itemName, keysOf } from './merge-keys.ts'
import { isQuantity, parseQuantity } from './quantity.ts'

/** A field that is other than the manifest sets it. */
export interface Difference {
  /** Names of fields, `[name=server]` and `[3]` for items of lists. */
  readonly path: readonly string[]
  readonly live: unknown
  readonly wanted: unknown
}

/**
 * Compares in every field that the manifest sets. What the API server fills in by itself, and what it leaves out because
 * it says nothing (`""`, `[]`, `false`), is no difference.
 */
export function compareObjects(wanted: Manifest, live: Manifest): Difference[] {
  // Asked for at the manifest's own version, so that it is always the same; the status is nobody's to set.
  const { apiVersion: _, kind, status: __, ...rest } = normalized(wanted)
  return compare(rest, live, [])
}

/** As the API server keeps it. */
export function normalized(object: Manifest): Manifest {
  if (object.kind !== 'Secret' || !isRecord(object.stringData)) return object
  const { stringData, ...rest } = object
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString('base64')])
  return { ...rest, data: { ...(isRecord(rest.data) && rest.data), ...Object.fromEntries(encoded) } }
}

function compare(wanted: unknown, live: unknown, path: readonly string[]): Difference[] {
  if (live === undefined || live === null) return saysNothing(wanted) ? [] : [{ path, live: undefined, wanted }]
  if (Array.isArray(wanted)) return compareLists(wanted, live, path)
  if (isRecord(wanted)) {
    if (!isRecord(live)) return [{ path, live, wanted }]
    return Object.entries(wanted).flatMap(([key, value]) =>
      value === null ? [] : compare(value, live[key], [...path, key]),
    )
  }
  return sameValue(wanted, live, path) ? [] : [{ path, live, wanted }]
}

function compareLists(wanted: readonly unknown[], live: unknown, path: readonly string[]): Difference[] {
  if (!Array.isArray(live)) return [{ path, live, wanted }]
  const keys = keysOf(path.at(-1) ?? '', wanted)
  if (keys) {
    return wanted.flatMap((item) => compare(item, findItem(live, item, keys), [...path, `[${itemName(item, keys)}]`]))
  }
  if (live.length !== wanted.length) return [{ path, live, wanted }]
  return wanted.flatMap((item, i) => compare(item, live[i], [...path, `[${i}]`]))
}

function sameValue(wanted: unknown, live: unknown, path: readonly string[]): boolean {
  if (wanted === live) return true
  if (!isQuantity(path)) return false
  const [a, b] = [parseQuantity(wanted), parseQuantity(live)]
  return a !== undefined && a === b
}

function saysNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (isRecord(value)) return Object.values(value).every(saysNothing)
  return value === null || value === undefined || value === '' || value === false || value === 0
}
