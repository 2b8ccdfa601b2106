import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PlatformError, systemRunner } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildImage } from '../src/build.ts'
import { readArchives } from '../src/operator-archives.ts'
import { resolveImages } from '../src/resolve.ts'
import { fixture, small, standing } from './fixture.ts'

const test = suite('resolving images')
const dirs: string[] = []
test.after(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true })
})

function make(env: Parameters<typeof fixture>[0] = {}) {
  const made = fixture(env)
  dirs.push(made.dir)
  return made
}

const fidelities = (images: readonly { name: string; fidelity: string }[]) =>
  images.map(({ name, fidelity }) => `${name} ${fidelity}`)

async function errorOf(promise: Promise<unknown>): Promise<PlatformError> {
  const error = await promise.then(
    () => assert.unreachable('expected an error'),
    (error: unknown) => error,
  )
  assert.instance(error, PlatformError)
  return error as PlatformError
}

test('registries that answer: everything is upstream, and nothing is built', async () => {
  const { options, said } = make({ reachable: true })
  const images = await resolveImages([small, standing], options)
  assert.equal(fidelities(images), ['small upstream', 'standing upstream'])
  assert.is(images[0]?.pull, 'docker.io/library/small:1.0')
  assert.equal(said, [])
})

test('no registry: rebuilt where there is a recipe, else the stand-in, which says what it is', async () => {
  const { options, said } = make()
  const images = await resolveImages([small, standing], options)
  assert.equal(fidelities(images), ['small rebuilt', 'standing stand-in'])
  assert.is(images[1]?.says, 'a program')
  assert.ok(images.every(({ archive, digest, sha256 }) => archive && digest && sha256))
  assert.is(said.filter(({ type }) => type === 'notice').length, 1)
})

test('each registry is asked once however many images it has', async () => {
  const { options } = make()
  const asked: string[] = []
  const probe = async (host: string) => asked.push(host) > 0
  await resolveImages([small, { ...small, name: 'other', upstream: 'small:2' }, standing], { ...options, probe })
  assert.equal(asked.sort(), ['registry-1.docker.io', 'registry.example'])
})

test('IMAGE_REGISTRY: the mirror is asked and pulled from, the reference stays', async () => {
  const { options } = make({ IMAGE_REGISTRY: 'mirror.example' })
  const asked: string[] = []
  const probe = async (host: string) => asked.push(host) > 0
  const [image] = await resolveImages([small, standing], { ...options, probe })
  assert.equal(asked, ['mirror.example'])
  assert.is(image?.pull, 'mirror.example/library/small:1.0')
  assert.is(image?.reference, 'docker.io/library/small:1.0')
})

test('what the node has from upstream needs no registry', async () => {
  const { options } = make()
  const images = await resolveImages([small], { ...options, present: new Set(['docker.io/library/small:1.0']) })
  assert.equal(fidelities(images), ['small upstream'])
})

test('what could not be pulled is had in the next way', async () => {
  const { options } = make({ reachable: true })
  const images = await resolveImages([small], { ...options, unpullable: new Set(['docker.io/library/small:1.0']) })
  assert.equal(fidelities(images), ['small rebuilt'])
})

test('REQUIRE_UPSTREAM=1 refuses what we made, naming every image', async () => {
  const { options, said } = make({ REQUIRE_UPSTREAM: 1 })
  const error = await errorOf(resolveImages([small, standing], options))
  assert.is(error.code, 'IMAGES_UNAVAILABLE')
  for (const part of ['small:1.0', 'registry.example/standing:2', 'REQUIRE_UPSTREAM']) assert.match(error.message, part)
  assert.is(said.filter(({ type }) => type === 'step.started').length, 0)
})

test('an archive goes before a rebuilt image, by its tag, compressed or not; REQUIRE_UPSTREAM=1 takes it', async () => {
  const source = make()
  const { archive, config } = await buildImage({ ...source.options, bin: source.bin }, small, 'rebuilt')
  const compressed = join(source.dir, 'small.tar.gz')
  execFileSync('sh', ['-c', 'gzip -1 < "$1" > "$2"', 'sh', archive, compressed])
  for (const file of [archive, compressed]) {
    const { options } = make({ IMAGE_ARCHIVES: file, REQUIRE_UPSTREAM: 1 })
    const [image] = await resolveImages([small], options)
    assert.is(image?.fidelity, 'archive')
    assert.is(image?.archive, file)
    assert.is(image?.config, config)
  }
})

test('a folder of archives: those in it by name, whatever else it holds', async () => {
  const source = make()
  const { archive, config } = await buildImage({ ...source.options, bin: source.bin }, small, 'rebuilt')
  const folder = join(source.dir, 'archives')
  mkdirSync(join(folder, 'folder.tar'), { recursive: true })
  const compress = 'gzip -1 < "$1" > "$2"'
  for (const name of ['b.tgz', 'a.tar.gz']) execFileSync('sh', ['-c', compress, 'sh', archive, join(folder, name)])
  copyFileSync(archive, join(folder, 'c.tar'))
  writeFileSync(join(folder, 'notes.txt'), 'not an archive')
  const first = await readArchives([folder], systemRunner)
  assert.equal([...first], [['docker.io/library/small:1.0', { archive: join(folder, 'a.tar.gz'), config }]])
  for (const [gone, next] of [
    ['a.tar.gz', 'b.tgz'],
    ['b.tgz', 'c.tar'],
  ] as const) {
    rmSync(join(folder, gone))
    const [[, found] = []] = await readArchives([folder], systemRunner)
    assert.is(found?.archive, join(folder, next))
  }
})

test('archives that can not be used are all named at once, with exit code 2', async () => {
  const { dir } = make()
  const docker = (name: string, files: Record<string, unknown>) => {
    mkdirSync(join(dir, name))
    for (const [file, content] of Object.entries(files)) writeFileSync(join(dir, name, file), JSON.stringify(content))
    execFileSync('tar', ['-C', join(dir, name), '-cf', join(dir, `${name}.tar`), ...Object.keys(files)])
    return join(dir, `${name}.tar`)
  }
  const config = `${'a'.repeat(64)}.json`
  const manifest = [{ Config: config, RepoTags: ['x:1'], Layers: [] }]
  writeFileSync(join(dir, 'text.tar'), 'not a tar')
  const files = [
    join(dir, 'absent.tar'),
    join(dir, 'text.tar'),
    docker('untagged', {
      'manifest.json': [{ ...manifest[0], RepoTags: null }],
      [config]: { architecture: 'amd64', os: 'linux' },
    }),
    docker('arm', { 'manifest.json': manifest, [config]: { architecture: 'arm64', os: 'linux' } }),
    docker('half', { 'manifest.json': manifest }),
    join(dir, 'bin'),
  ]
  const error = await errorOf(readArchives(files, systemRunner))
  assert.is(error.exitCode, 2)
  for (const part of [
    'absent.tar: there is no such file',
    'text.tar: not a docker-archive',
    'has a tag',
    'linux/arm64',
    'lacks',
    'bin: the folder has no *.tar',
  ]) {
    assert.match(error.message, part)
  }
})

test.run()
