import { systemRunner } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ImageDefinition } from '../src/definition.ts'
import { imageSourceKeys } from '../src/source-keys.ts'

const test = suite('source keys of images')
const one: ImageDefinition = { name: 'one', upstream: 'docker.io/library/one:1', config: {} }
const two: ImageDefinition = { name: 'two', upstream: 'docker.io/library/two:1', config: {} }
const keysOf = (definitions: readonly ImageDefinition[], REQUIRE_UPSTREAM = false) =>
  imageSourceKeys(definitions, { IMAGE_ARCHIVES: [], REQUIRE_UPSTREAM }, systemRunner)

test('a changed definition changes the key of its image alone', async () => {
  const before = await keysOf([one, two])
  const after = await keysOf([{ ...one, config: { user: '1' } }, two])
  assert.is.not(after.get(one.upstream), before.get(one.upstream))
  assert.is(after.get(two.upstream), before.get(two.upstream))
  assert.match(after.get(two.upstream) ?? '', /^[0-9a-f]{12}$/)
})

test('REQUIRE_UPSTREAM changes each key: another image may be the result', async () => {
  assert.is.not((await keysOf([one], true)).get(one.upstream), (await keysOf([one])).get(one.upstream))
})
test.run()
