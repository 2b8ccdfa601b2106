import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject } from 'ajv'
import type { Values } from '../component/identity.ts'
import { isRecord } from './merge.ts'
import type { Overlay } from './read-overlays.ts'

type Schema = Readonly<Record<string, unknown>>

/** Schema violations of an overlay, one line each: file, line, path, and what is allowed. */
export function overlayProblems(schemaFile: string, overlays: readonly Overlay[]): string[] {
  // An overlay sets only some values, so missing ones are no problem.
  const validate = compile(partial(readSchema(schemaFile)))
  return overlays.flatMap(({ file, values, lineOf }) => {
    if (validate(values)) return []
    return describe(validate.errors ?? []).map(({ path, text }) => `${file}:${lineOf(path)}: ${text}`)
  })
}

/** Schema violations of all layers together, which no single file shows. */
export function valuesProblems(schemaFile: string, values: Values): string[] {
  const validate = compile(readSchema(schemaFile))
  return validate(values) ? [] : describe(validate.errors ?? []).map(({ text }) => text)
}

function readSchema(file: string): Schema {
  return JSON.parse(readFileSync(file, 'utf8'))
}

function compile(schema: Schema) {
  // Strict mode would reject schemas that Helm accepts.
  return new Ajv({ allErrors: true, verbose: true, strict: false }).compile(schema)
}

/** The schema without `required`, except inside lists: a list is replaced as a whole, so its items must be complete. */
function partial(schema: unknown): Schema {
  const strip = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(strip)
    if (!isRecord(each)) return each
    const { required, minProperties, items, ...rest } = each
    const stripped = Object.entries(rest).map(([key, value]) => [key, strip(value)])
    return {
      ...Object.fromEntries(stripped),
      // A property may have this name too; then its value is a schema.
      ...(isRecord(required) && { required: strip(required) }),
      ...(isRecord(minProperties) && { minProperties: strip(minProperties) }),
      ...(items !== undefined && { items: each.type === 'array' ? items : strip(items) }),
    }
  }
  return strip(schema) as Schema
}

interface Problem {
  readonly path: readonly string[]
  readonly text: string
}

function describe(errors: readonly ErrorObject[]): Problem[] {
  const found = errors.flatMap((error) => {
    // null removes a default, as in Helm. The branches of anyOf are covered by its own error.
    if (error.data === null || /\/(anyOf|oneOf)\/\d+\//.test(error.schemaPath)) return []
    const at = error.instancePath.split('/').slice(1).map(unescapePointer)
    const extra = (error.params as { additionalProperty?: string }).additionalProperty
    const path = extra === undefined ? at : [...at, extra]
    return [{ path, text: `${path.join('.') || 'the file'}: ${say(error)}` }]
  })
  return [...new Map(found.map((problem) => [problem.text, problem])).values()]
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

function say({ keyword, params, data, parentSchema, message }: ErrorObject): string {
  const got = `not ${short(data)}`
  switch (keyword) {
    case 'additionalProperties': {
      const allowed = Object.keys((parentSchema as { properties?: object } | undefined)?.properties ?? {})
      const near = nearest(String(params.additionalProperty), allowed)
      return `no such value${near ? `; did you mean ${near}?` : ''}${allowed.length ? ` (allowed: ${allowed.join(', ')})` : ''}`
    }
    case 'type':
      return `expected ${[params.type].flat().join(' or ')}, ${got}`
    case 'enum':
      return `expected one of ${(params.allowedValues as unknown[]).map(short).join(', ')}, ${got}`
    case 'const':
      return `expected ${short(params.allowedValue)}, ${got}`
    case 'required':
      return `${params.missingProperty} is missing`
    default:
      return `${message}, ${got}`
  }
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** The allowed name that was probably meant: at most two letters, and less than half of it, differ. */
export function nearest(name: string, allowed: readonly string[]): string | undefined {
  const ranked = allowed
    .map((each) => ({ each, distance: distance(name.toLowerCase(), each.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best && best.distance <= 2 && best.distance < name.length / 2 ? best.each : undefined
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
