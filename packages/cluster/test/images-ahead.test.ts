import type { PlatformEvent } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildAhead, loadAhead } from '../src/embedded/images-ahead.ts'
import { fakeRunner } from './fake-runner.ts'
import { testSettings } from './settings.ts'

const test = suite('images ahead of the components')
const unreachable = { IMAGE_REGISTRY: '127.0.0.1:1', REQUIRE_UPSTREAM: '1' }

for (const [what, images, said] of [
  ['nothing is named', undefined, []],
  ['a component alone names images', [], []],
  [
    'an image is not available',
    ['mysql'],
    [/^no registry and no archive has these images.*; the component tries again$/],
  ],
] as const) {
  test(`${what}: nothing is run, and nothing fails`, async () => {
    const events: PlatformEvent[] = []
    const runner = fakeRunner(() => undefined)
    const dependencies = { runner, images, emit: (event: PlatformEvent) => void events.push(event) }
    const settings = testSettings(unreachable)
    await buildAhead(settings, dependencies, '/bin')
    await loadAhead(settings, dependencies, { pid: 1, bin: '/bin' })
    const messages = events.map((event) => (event.type === 'notice' ? event.message : event.type))
    assert.is(messages.length, 2 * said.length)
    for (const message of messages) assert.match(message, said[0] ?? /^$/)
    assert.equal(runner.commands, [])
  })
}

test('an interrupt is no failure of an image', async () => {
  const signal = AbortSignal.abort('SIGINT')
  const dependencies = { runner: fakeRunner(() => undefined), images: ['mysql'], emit: () => {}, signal }
  const thrown = await loadAhead(testSettings(unreachable), dependencies, { pid: 1, bin: '/bin' }).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.is(thrown, 'SIGINT')
})

test.run()
