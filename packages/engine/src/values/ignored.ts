import { isDeepStrictEqual } from 'node:util'
import type { Values } from '../component/identity.ts'
import { isRecord } from './merge.ts'
import type { Overlay } from './read-overlays.ts'

/**
 * What overlays say and would not be heard, since settings decide it: one line each, with file and line. Said in
 * silence it would be worse than refused. What agrees is no problem.
 */
export function ignoredProblems(
  overlays: readonly Overlay[],
  above: Values,
  decides: Readonly<Record<string, string>> = {},
): string[] {
  return overlays.flatMap(({ file, values, lineOf }) =>
    contradicted(values, above).map((path) => {
      const name = path.join('.')
      const setting = Object.entries(decides).find(
        ([key]) => `${name}.`.startsWith(`${key}.`) || key.startsWith(`${name}.`),
      )?.[1]
      const by = setting ? `${setting} in the env file decides it` : 'it is made, not set'
      return `${file}:${lineOf(path)}: ${name}: ${by}, and nothing else`
    }),
  )
}

function contradicted(said: unknown, above: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (above === undefined || isDeepStrictEqual(said, above)) return []
  if (!isRecord(said) || !isRecord(above)) return [path]
  return Object.entries(said).flatMap(([key, value]) => contradicted(value, above[key], [...path, key]))
}
