import { fieldManager } from '../names.ts'
import { normalized } from './compare.ts'
import { addedFields } from './managed-fields.ts'
import type { ObservedObject } from './types.ts'

/** A JSON patch that takes away what people added to one object. */
export interface Removal {
  /** With the field manager in its query: what the API server then fills in is not called someone's again. */
  readonly path: string
  readonly patch: readonly (
    | { readonly op: 'test'; path: string; value: unknown }
    | { readonly op: 'remove'; path: string }
  )[]
}

/**
 * How to take back what people added: one patch for each object, `application/json-patch+json`. Helm can't: a field that
 * it never set is none of its business. Each removal is tested first, so that a patch fails (422) rather than takes away
 * what was changed meanwhile.
 */
export function removalsOf(objects: readonly ObservedObject[]): Removal[] {
  return objects.flatMap(({ wanted, live, path }) => {
    if (!live || path === undefined) return []
    const fields = addedFields(normalized(wanted), live)
    // From the end of a list to its beginning, or the places of what is still to go would move.
    const ordered = fields.sort((a, b) => comparePointers(b.pointer, a.pointer))
    const patch = ordered.flatMap(({ pointer, value }) => [
      { op: 'test' as const, path: pointer, value },
      { op: 'remove' as const, path: pointer },
    ])
    return patch.length ? [{ path: `${path}?fieldManager=${fieldManager}`, patch }] : []
  })
}

function comparePointers(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x = '', y = ''] = [left[i], right[i]]
    if (x === y) continue
    const numbers = /^\d+$/.test(x) && /^\d+$/.test(y)
    return numbers ? Number(x) - Number(y) : x < y ? -1 : 1
  }
  return left.length - right.length
}
