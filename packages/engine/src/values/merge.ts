import type { Values } from '../component/identity.ts'

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Merges later values over earlier ones, as Helm does: lists are replaced as a whole, null stays null. */
export function mergeValues(...layers: readonly Values[]): Values {
  return layers.reduce((merged, layer) => mergeTwo(merged, layer), {})
}

function mergeTwo(below: Values, above: Values): Values {
  const merged: Record<string, unknown> = { ...below }
  for (const [key, value] of Object.entries(above)) {
    if (value === undefined) continue
    const under = merged[key]
    merged[key] = isRecord(under) && isRecord(value) ? mergeTwo(under, value) : value
  }
  return merged
}

/** Removes nulls, as Helm does with defaults that are set to null. */
export function withoutNulls(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      value === null ? [] : [[key, isRecord(value) ? withoutNulls(value) : value]],
    ),
  )
}
