import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { repositoryRoot } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('imports of a call without changes')

/** Each takes 0.1 to 0.25 s to load. */
const heavy = [
  'yaml',
  'ajv',
  'zod',
  'zx',
  'zx/core',
  'bcryptjs',
  'commander',
  '@platform/images',
  '@platform/toolchain',
]

/** The static imports of a file. Types are erased, and `await import` runs later. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  const found = text.matchAll(/^(?:import|export)\s+(?!type\b)((?:[^'"]*?\sfrom\s+)?)'([^']+)'/gm)
  return [...found].flatMap(([, names = '', from = '']) => {
    const each = /\{([^}]*)\}/
      .exec(names)?.[1]
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean)
    return each?.length && each.every((name) => name.startsWith('type ')) ? [] : [from]
  })
}

function loadedBy(file: string, seen = new Map<string, string>(), by = ''): Map<string, string> {
  for (const from of importsOf(file)) {
    const name = from.startsWith('.') ? resolve(dirname(file), from) : from
    if (seen.has(name)) continue
    seen.set(name, by ? `${by} → ${from}` : from)
    if (from.startsWith('.')) loadedBy(name, seen, seen.get(name))
  }
  return seen
}

/** Files of the engine that a call without changes loads. */
const entries = [
  'unit',
  'diff/observe',
  'plan/plan-unit',
  'readiness/unready',
  'release/manifest-objects',
  'secrets/read-secrets',
  'session/session',
  'values/fingerprint',
]
const files = [
  ...entries.map((name) => join(repositoryRoot, 'packages/engine/src', `${name}.ts`)),
  ...readdirSync(join(repositoryRoot, 'packages'))
    .flatMap((name) => ['component.ts', 'unit.ts'].map((file) => join(repositoryRoot, 'packages', name, 'src', file)))
    .filter(existsSync),
]

test('the entries exist', () => assert.ok(files.length > entries.length))
for (const file of files) {
  test(`${file.slice(repositoryRoot.length + 1)} loads nothing heavy`, () => {
    const loaded = loadedBy(file)
    assert.equal(
      heavy.flatMap((name) => loaded.get(name) ?? []),
      [],
    )
  })
}
test('detects a heavy import', () => {
  assert.ok(loadedBy(join(repositoryRoot, 'packages/engine/src/values/desired.ts')).has('yaml'))
})
test.run()
