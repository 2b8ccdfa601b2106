/**
 * The fields of `wanted` that differ in `live`, one line each: `spec.replicas: 3, wanted 1`. Fields that
 * only `live` has are ignored: the API server sets defaults, and others may own fields. Lists must have the same length.
 */
export function differences(wanted: unknown, live: unknown, path = ''): string[] {
  if (Array.isArray(wanted)) return listDifferences(wanted, live, path)
  if (isRecord(wanted)) {
    if (!isRecord(live)) return [line(path, live, wanted)]
    return Object.entries(wanted).flatMap(([key, value]) =>
      differences(value, live[key], path ? `${path}.${key}` : key),
    )
  }
  return wanted === live ? [] : [line(path, live, wanted)]
}

function listDifferences(wanted: readonly unknown[], live: unknown, path: string): string[] {
  if (!Array.isArray(live) || live.length !== wanted.length) return [line(path, live, wanted)]
  return wanted.flatMap((value, i) => differences(value, live[i], `${path}[${i}]`))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function line(path: string, live: unknown, wanted: unknown): string {
  return `${path}: ${live === undefined ? 'nothing' : JSON.stringify(live)}, wanted ${JSON.stringify(wanted)}`
}
