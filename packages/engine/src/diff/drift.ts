import type { PlannedStep } from '@platform/core'
import type { ObservedObject } from '../diff/types.ts'
import { isRecord } from '../values/merge.ts'
import { compareObjects, normalized } from './compare.ts'
import { describeDifference, isSecretData, objectName, pathText } from './describe.ts'
import { type AddedField, addedFields, setBy } from './managed-fields.ts'

/** The step that reconciles one object with its manifest; undefined: up to date. */
export function objectStep(
  { wanted, live }: ObservedObject,
  before?: ObservedObject['wanted'],
): PlannedStep | undefined {
  const subject = objectName(live ?? wanted)
  if (!live) return { action: 'create', subject, detail: before ? 'it was deleted' : undefined }
  const { kind } = wanted
  const changed = compareObjects(wanted, live).map((difference) => {
    const by = setBy(live, difference.path)
    return `${describeDifference(kind, difference)}${by ? ` (set by ${by})` : ''}`
  })
  const added = addedFields(normalized(wanted), live).map((field) => describeAdded(kind, field))
  const removed = before ? removedFields(kind, before, wanted, live) : []
  const lines = [...changed, ...removed, ...added]
  return lines.length ? { action: 'update', subject, detail: lines.join('\n') } : undefined
}

function describeAdded(kind: string | undefined, { path, value, manager }: AddedField): string {
  const shown = isSecretData(kind, path) ? 'value not shown' : JSON.stringify(value)
  return `${pathText(path)}: ${shown} → nothing (added by ${manager})`
}

/** Fields that are no longer in the manifest: Helm removes them. */
function removedFields(
  kind: string | undefined,
  before: ObservedObject['wanted'],
  wanted: ObservedObject['wanted'],
  live: NonNullable<ObservedObject['live']>,
): string[] {
  // Set by the old manifest, not by the new one, and still present.
  return compareObjects(before, normalized(wanted))
    .filter((difference) => difference.live === undefined && isThere(live, difference.path))
    .map(({ path, wanted: value }) => describeDifference(kind, { path, live: value, wanted: undefined }))
}

function isThere(live: unknown, path: readonly string[]): boolean {
  let value = live
  for (const part of path) {
    const item = /^\[(.*)\]$/.exec(part)?.[1]
    if (item === undefined) value = isRecord(value) ? value[part] : undefined
    else value = Array.isArray(value) ? itemOf(value, item) : undefined
    if (value === undefined) return false
  }
  return true
}

function itemOf(list: readonly unknown[], item: string): unknown {
  if (/^\d+$/.test(item)) return list[Number(item)]
  const pairs = item.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])
  return list.find((each) => pairs.every(([key = '', value]) => String(isRecord(each) ? each[key] : '') === value))
}
