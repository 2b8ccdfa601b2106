import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { PlatformError, Runner } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fakeGo } from '../../toolchain/test/fake-go.ts'
import { buildImage } from '../src/build.ts'
import { defineImage } from '../src/definition.ts'
import { type Fixture, fixture } from './fixture.ts'

const test = suite<Fixture>('an image of a Go program of ours')
test.before.each((context) => {
  Object.assign(context, fixture())
})
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }))

// Any folder with a go.mod does: the Go that builds it here is a fake.
const source = { kind: 'go', folder: 'packages/node/agent', program: '.', path: '/usr/bin/own' } as const
const image = defineImage({
  name: 'own',
  upstream: 'registry.example/own:v1.0',
  config: { entrypoint: ['/usr/bin/own'], user: '65534' },
  standIn: { sources: [source], says: 'a program' },
})

/** `go` is a fake, and there is no Python that could fetch one; what packs the image is real. */
function withGo({ options }: Fixture, go = fakeGo()): Runner & { readonly calls: readonly unknown[] } {
  return {
    calls: go.calls,
    run: (command, run) => (command[0] === 'go' ? go : options.runner).run(command, run),
    probe: (command, run) => (['go', 'sh'].includes(command[0] ?? '') ? go : options.runner).probe(command, run),
  }
}

test('the program is built and goes where the recipe says, and the image names its key', async (one) => {
  const runner = withGo(one)
  const built = await buildImage({ ...one.options, bin: one.bin, runner }, image, 'stand-in')
  const show = (path: string) => execFileSync('tar', ['-xOf', built.archive, path])
  const [docker] = JSON.parse(show('manifest.json').toString())
  const layer = join(one.dir, 'layer.tar')
  execFileSync('sh', ['-c', 'tar -xOf "$1" "$2" > "$3"', 'sh', built.archive, docker.Layers[0], layer])
  assert.match(execFileSync('tar', ['-xOf', layer, './usr/bin/own'], { encoding: 'utf8' }), /^program /)
  assert.match(execFileSync('tar', ['-tvf', layer], { encoding: 'utf8' }), /^-rwxr-xr-x .*usr\/bin\/own$/m)
  assert.equal(Object.keys(built.versions), [source.folder])
  assert.match(
    JSON.parse(show(docker.Config).toString()).config.Labels['platform.source'],
    /^packages\/node\/agent=\w+/,
  )
  const calls = runner.calls.length
  await buildImage({ ...one.options, bin: one.bin, runner }, image, 'stand-in')
  assert.is(runner.calls.length, calls)
})

test('without Go the error is that of the toolchain, and nothing half is left', async (one) => {
  const runner = withGo(one, fakeGo({ missing: true }))
  await buildImage({ ...one.options, bin: one.bin, runner }, image, 'stand-in').then(
    () => assert.unreachable(),
    (error: unknown) => assert.is((error as PlatformError).code, 'GO_MISSING'),
  )
})

test.run()
