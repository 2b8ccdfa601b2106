import { isDeepStrictEqual } from 'node:util'
import type { Values } from '../component/identity.ts'
import { isRecord } from './merge.ts'
import type { Overlay } from './read-overlays.ts'

/**
 * Overlay values that would be ignored because a setting decides them: one line each, with file and line. Ignoring them
 * silently would be worse than an error. Equal values are no problem.
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
      const by = setting ? `set ${setting} in the env file instead` : 'it is computed'
      return `${file}:${lineOf(path)}: ${name}: cannot be overridden: ${by}`
    }),
  )
}

function contradicted(said: unknown, above: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (above === undefined || isDeepStrictEqual(said, above)) return []
  if (!isRecord(said) || !isRecord(above)) return [path]
  return Object.entries(said).flatMap(([key, value]) => contradicted(value, above[key], [...path, key]))
}
