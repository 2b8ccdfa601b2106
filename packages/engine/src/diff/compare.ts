import type { Manifest } from '@platform/cluster'
import { isRecord } from '../values/merge.ts'
import { findItem, itemName, keysOf } from './merge-keys.ts'
import { isQuantity, parseQuantity } from './quantity.ts'

/** A field whose live value differs from the manifest. */
export interface Difference {
  /** Field names; `[name=server]` and `[3]` for list items. */
  readonly path: readonly string[]
  readonly live: unknown
  readonly wanted: unknown
}

/**
 * Compares every field that the manifest sets. Defaults that the API server adds, and empty values that it drops (`""`,
 * `[]`, `false`), are no difference.
 */
export function compareObjects(wanted: Manifest, live: Manifest): Difference[] {
  // The object was read at the manifest's apiVersion, so that is equal. Manifests do not set the status.
  const { apiVersion: _, kind, status: __, ...rest } = normalized(wanted)
  return compare(rest, live, [])
}

/** Normalizes a value as the API server stores it. */
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
