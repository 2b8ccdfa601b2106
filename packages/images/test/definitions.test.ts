import { repositoryRoot } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ImageSource } from '../src/definition.ts'
import { normalizeReference } from '../src/reference.ts'
import { workspaceImages } from '../src/workspace-images.ts'

const test = suite('the definitions of all images')
const definitions = await workspaceImages(repositoryRoot)

const paths = (source: ImageSource): string[] => [
  ...(source.files ?? []).map(({ path }) => path),
  ...(source.kind === 'wheel' ? Object.values(source.extract) : []),
  ...(source.kind === 'toolchain' || source.kind === 'go' ? [source.path] : []),
]

test('names and references are there once', () => {
  for (const key of ['name', 'upstream'] as const) {
    assert.is(new Set(definitions.map((definition) => definition[key])).size, definitions.length)
  }
})

for (const { name, upstream, config, rebuilt, standIn } of definitions) {
  const sources = [...(rebuilt?.sources ?? []), ...(standIn?.sources ?? [])]

  test(`${name}: its reference is in full, with a tag that stays`, () => {
    assert.is(normalizeReference(upstream), upstream)
    assert.match(upstream, /:v?\d+\.\d+/)
  })
  test(`${name}: it can be had without a registry`, () => assert.ok(sources.length))
  test(`${name}: users are numbers, so that runAsNonRoot can be checked`, () => {
    assert.match(config.user ?? '0', /^\d+(:\d+)?$/)
  })
  test(`${name}: paths are absolute, and excludes are tar's`, () => {
    for (const source of sources) {
      assert.ok(paths(source).every((path) => path.startsWith('/')))
      if (source.kind === 'debian') assert.ok((source.exclude ?? []).every((pattern) => pattern.startsWith('./')))
    }
  })
}

test.run()
