import type { LiveObject, ManagedFields } from '../diff/types.ts'
import { isRecord } from '../values/merge.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Field managers of the tools that people use: from the tool's flag, or the beginning of its user agent. Fields of
 * controllers are restartAnnotation to them. Our own client without a manager is that of the drills.
 */
const people =
  /^(kubectl($|-)|Mozilla$|curl$|Wget$|k9s|lens|openlens|freelens|headlamp|octant|kubernetes-dashboard|dashboard$|python-requests|OpenAPI-Generator|node-fetch|HTTPie|PostmanRuntime|terraform|HashiCorp|pulumi|unknown$|observable-platform$)/i

/** Set by `kubectl rollout restart`, which the platform uses as well: it is not removed. */
const restartAnnotation = 'kubectl.kubernetes.io/restartedAt'

/** A field that a person added to an object of the release. */
export interface AddedField {
  readonly path: readonly string[]
  /** JSON pointer. */
  readonly pointer: string
  readonly value: unknown
  readonly manager: string
}

export function isPerson({ manager = '', subresource }: ManagedFields): boolean {
  return subresource !== 'status' && people.test(manager)
}

/** The fields of a live object that people set and the manifest does not. */
export function addedFields(wanted: unknown, live: LiveObject): AddedField[] {
  const managed = live.metadata.managedFields ?? []
  const all = managed.flatMap((entry) => {
    if (!isPerson(entry)) return []
    const others = managed.filter((each) => each !== entry).map((each) => each.fieldsV1 ?? {})
    const found: AddedField[] = []
    const place: Place = { path: [], pointer: '' }
    walk(entry.fieldsV1 ?? {}, wanted, live, place, others, (at, value) =>
      found.push({ ...at, value, manager: nameOf(entry) }),
    )
    return found
  })
  // Two managers may have set the same field.
  return [...new Map(all.map((field) => [field.pointer, field])).values()]
}

/** The person's manager that set this field last. */
export function setBy(live: LiveObject, path: readonly string[]): string | undefined {
  const entry = (live.metadata.managedFields ?? []).find((each) => isPerson(each) && owns(each.fieldsV1 ?? {}, path))
  return entry && nameOf(entry)
}

function nameOf({ manager = '', subresource }: ManagedFields): string {
  return subresource ? `${manager} ${subresource}` : manager
}

function owns(fields: Fields, path: readonly string[]): boolean {
  const [first, ...rest] = path
  if (first === undefined || !Object.keys(fields).some((key) => key !== '.')) return true
  const found = Object.entries(fields).find(([key]) => key === `f:${first}` || itemText(key) === first)
  return found !== undefined && isRecord(found[1]) && owns(found[1], rest)
}

/** `k:{"name":"server"}` as in a path: `[name=server]`. */
function itemText(key: string): string | undefined {
  if (!key.startsWith('k:')) return undefined
  const pairs = Object.entries(JSON.parse(key.slice(2)) as Fields).map(([name, value]) => `${name}=${String(value)}`)
  return `[${pairs.join(',')}]`
}

interface Place {
  readonly path: readonly string[]
  readonly pointer: string
}
type Report = (place: Place, value: unknown) => void

function walk(
  fields: Fields,
  wanted: unknown,
  live: unknown,
  place: Place,
  others: readonly Fields[],
  report: Report,
): void {
  for (const [key, value] of Object.entries(fields)) {
    const child = key === '.' ? undefined : step(key, wanted, live, place)
    if (!child || child.live === undefined || isLeft(key, place)) continue
    const below = isRecord(value) ? value : {}
    const leaf = !Object.keys(below).some((each) => each !== '.')
    const shared = others.flatMap((each) => (isRecord(each[key]) ? [each[key]] : []))
    if (child.wanted === undefined || child.wanted === null) {
      // A field that only people set is removed as a whole: a probe without its handler would be invalid.
      if (leaf || ('.' in below && shared.length === 0)) report(child.place, child.live)
      else walk(below, undefined, child.live, child.place, shared, report)
    } else if (!leaf) {
      walk(below, child.wanted, child.live, child.place, shared, report)
    } else if (isRecord(child.live) && isRecord(child.wanted)) {
      // A map that the API server treats as one value, such as a nodeSelector.
      for (const [name, each] of Object.entries(child.live)) {
        const at = { path: [...child.place.path, name], pointer: `${child.place.pointer}/${escapePointer(name)}` }
        if (!(name in child.wanted)) report(at, each)
      }
    }
  }
}

/** The status belongs to controllers. */
function isLeft(key: string, { path }: Place): boolean {
  return key === `f:${restartAnnotation}` || (path.length === 0 && key === 'f:status')
}

function step(key: string, wanted: unknown, live: unknown, { path, pointer }: Place) {
  const kind = key.slice(0, 2)
  const name = key.slice(2)
  if (kind === 'f:') {
    const place = { path: [...path, name], pointer: `${pointer}/${escapePointer(name)}` }
    return { live: field(live, name), wanted: field(wanted, name), place }
  }
  const matches = matcher(kind, name)
  if (!matches || !Array.isArray(live)) return undefined
  const index = live.findIndex(matches)
  if (index < 0) return undefined
  const text = itemText(key) ?? `[${name}]`
  const place = { path: [...path, text], pointer: `${pointer}/${index}` }
  return { live: live[index], wanted: Array.isArray(wanted) ? wanted.find(matches) : undefined, place }
}

function matcher(kind: string, text: string): ((item: unknown) => boolean) | undefined {
  if (kind === 'k:') {
    const keys = Object.entries(JSON.parse(text) as Fields)
    const defaults: Fields = { protocol: 'TCP' }
    return (item) => keys.every(([key, value]) => (field(item, key) ?? defaults[key]) === value)
  }
  return kind === 'v:' ? (item) => JSON.stringify(item) === text : undefined
}

function field(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
