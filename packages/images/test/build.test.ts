import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PlatformError } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildImage } from '../src/build.ts'
import { imagesDirectory } from '../src/image-cache.ts'
import { type Fixture, fixture, small, standing } from './fixture.ts'

const test = suite<Fixture>('building an image')
test.before.each((context) => {
  Object.assign(context, fixture())
})
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }))

const context = ({ options, bin }: Fixture) => ({ ...options, bin })
const inTar = (archive: string, path: string) => execFileSync('tar', ['-xOf', archive, path], { encoding: 'utf8' })

test('the same definition gives the same bytes, wherever and whenever', async (one) => {
  const two = fixture()
  const first = await buildImage(context(one), small, 'rebuilt')
  const second = await buildImage(context(two), small, 'rebuilt')
  assert.not.equal(first.archive, second.archive)
  assert.ok(readFileSync(first.archive).equals(new Uint8Array(readFileSync(second.archive))))
  assert.is(first.digest, second.digest)
  rmSync(two.dir, { recursive: true })
})

test('an archive is a docker-archive and an OCI layout that say who made it', async (one) => {
  const { archive, digest, config } = await buildImage(context(one), small, 'rebuilt')
  const [docker] = JSON.parse(inTar(archive, 'manifest.json'))
  assert.equal(docker.RepoTags, ['docker.io/library/small:1.0'])
  assert.is(docker.Config, `blobs/sha256/${config.slice(7)}`)
  const index = JSON.parse(inTar(archive, 'index.json'))
  assert.is(index.manifests[0].digest, digest)
  assert.is(index.manifests[0].annotations['io.containerd.image.name'], 'docker.io/library/small:1.0')
  const document = JSON.parse(inTar(archive, docker.Config))
  assert.is(document.config.User, '999')
  assert.equal(document.config.ExposedPorts, { '80/tcp': {}, '53/udp': {} })
  assert.is(document.config.Labels['platform.fidelity'], 'rebuilt')
  assert.is(document.config.Labels['platform.upstream'], 'docker.io/library/small:1.0')
})

test('the layer has the files with their owners and modes, and no times', async (one) => {
  const { archive } = await buildImage(context(one), small, 'rebuilt')
  const [docker] = JSON.parse(inTar(archive, 'manifest.json'))
  const layer = join(one.dir, 'layer.tar')
  execFileSync('sh', ['-c', 'tar -xOf "$1" "$2" > "$3"', 'sh', archive, docker.Layers[0], layer])
  const list = execFileSync('tar', ['--numeric-owner', '--utc', '-tvf', layer], { encoding: 'utf8' }).split('\n')
  const line = (path: string) => list.find((each) => each.endsWith(` ${path}`) || each.includes(` ${path} -> `)) ?? path
  assert.match(line('./data/'), /^drwxr-x--- 999\/999 .*1970-01-01/)
  assert.match(line('./tmp/'), /^drwxrwxrwt 0\/0 /)
  assert.match(line('./usr/bin/program'), /^-rwxr-xr-x 0\/0 /)
  assert.match(line('./program'), /-> usr\/bin\/program$/)
})

test("a stand-in says so, and its config differs from upstream's where it must", async (one) => {
  const { archive } = await buildImage(context(one), standing, 'stand-in')
  const [docker] = JSON.parse(inTar(archive, 'manifest.json'))
  const { config } = JSON.parse(inTar(archive, docker.Config))
  assert.equal(config.Entrypoint, ['/program', '-s'])
  assert.is(config.Labels['platform.fidelity'], 'stand-in')
  assert.match(config.Labels['org.opencontainers.image.description'], 'stands in for registry.example/standing:2')
})

test('the second time it comes from the cache; another binary makes another image', async (one) => {
  const first = await buildImage(context(one), small, 'rebuilt')
  const steps = one.said.length
  assert.is((await buildImage(context(one), small, 'rebuilt')).archive, first.archive)
  assert.is(one.said.length, steps)
  writeFileSync(join(one.bin, 'program'), 'another program')
  assert.not.equal((await buildImage(context(one), small, 'rebuilt')).digest, first.digest)
})

test('a truncated archive or a broken description is noticed and built again', async (one) => {
  const { archive, sha256 } = await buildImage(context(one), small, 'rebuilt')
  truncateSync(archive, 100)
  assert.is((await buildImage(context(one), small, 'rebuilt')).sha256, sha256)
  writeFileSync(join(dirname(archive), 'image.json'), '{"name"')
  assert.is((await buildImage(context(one), small, 'rebuilt')).sha256, sha256)
})

test('two builders at once make it once', async (one) => {
  const [a, b] = await Promise.all([
    buildImage(context(one), small, 'rebuilt'),
    buildImage(context(one), small, 'rebuilt'),
  ])
  assert.is(a.archive, b.archive)
  assert.is(one.said.filter(({ type }) => type === 'step.started').length, 1)
})

test('a build that fails or is interrupted leaves nothing', async (one) => {
  rmSync(join(one.bin, 'program'))
  await buildImage(context(one), small, 'rebuilt').then(
    () => assert.unreachable(),
    (error: unknown) => assert.is((error as PlatformError).code, 'IMAGE_NEEDS_TOOLCHAIN'),
  )
  writeFileSync(join(one.bin, 'program'), 'a program')
  const stop = new AbortController()
  const emit = (event: { type: string }) => void (event.type === 'step.progress' && stop.abort('SIGINT'))
  await buildImage({ ...context(one), emit, signal: stop.signal }, small, 'rebuilt').then(
    () => assert.unreachable(),
    () => {},
  )
  const images = imagesDirectory(one.options.settings)
  assert.equal(existsSync(images) ? readdirSync(images) : [], [])
})

test.run()
