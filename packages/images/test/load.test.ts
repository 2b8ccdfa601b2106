import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseImageList } from '../src/containerd-images.ts'
import { builtImages } from '../src/image-cache.ts'
import { provideImages } from '../src/provide.ts'
import { addToRecord, findInRecord, readImageRecord } from '../src/record.ts'
import { resolveImages } from '../src/resolve.ts'
import { type FakeContainerd, fakeContainerd, fixture, small } from './fixture.ts'

const test = suite('loading images')
const dirs: string[] = []
test.after(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true })
})

const reference = 'docker.io/library/small:1.0'
const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`

/** A node on which `small` can be provided, with what importing it gives. */
async function node(containerd: FakeContainerd, env: Parameters<typeof fixture>[0] = {}) {
  const { dir, options, said } = fixture(env)
  dirs.push(dir)
  const record = join(dir, 'images.json')
  const all = { ...options, runner: containerd.runner, containerd: '/run/c.sock', ctr: 'ctr', record }
  const [rebuilt] = await resolveImages([small], { ...options, probe: async () => false })
  const provide = async (more: Partial<typeof all> = {}) => (await provideImages([small], { ...all, ...more }))[0]
  return { provide, record, said, rebuilt, dir, options }
}

async function rebuildingNode() {
  const imports: Record<string, [string, string]> = {}
  const containerd = fakeContainerd({ imports })
  const made = await node(containerd)
  imports[made.rebuilt?.archive ?? ''] = [reference, made.rebuilt?.digest ?? '']
  return { containerd, ...made }
}

test('a rebuilt image is imported once, pinned, and recorded by both its digests', async () => {
  const { provide, containerd, record, rebuilt } = await rebuildingNode()
  const loaded = await provide()
  assert.is(loaded?.changed, true)
  assert.is(loaded?.digest, rebuilt?.digest)
  assert.equal(containerd.commands, ['import --local --label io.cri-containerd.pinned=pinned'])
  assert.is((await provide())?.changed, false)
  assert.is(containerd.commands.length, 1)
  const entries = readImageRecord(record)
  for (const imageId of [rebuilt?.config, `docker.io/library/small@${rebuilt?.digest}`]) {
    assert.is(findInRecord(entries, imageId ?? '')?.fidelity, 'rebuilt')
  }
  assert.is(findInRecord(entries, digestOf('f')), undefined)
})

test('a corrupt image of the cache is built again and loaded', async () => {
  const { provide, rebuilt, said } = await rebuildingNode()
  const archive = rebuilt?.archive ?? ''
  writeFileSync(archive, 'x'.repeat(statSync(archive).size))
  assert.is((await provide())?.changed, true)
  assert.ok(said.some((event) => event.type === 'notice' && event.message.includes('not what was built')))
})

test('a registry that answers but does not serve the image: the next fidelity, said aloud', async () => {
  const imports: Record<string, [string, string]> = {}
  const containerd = fakeContainerd({ imports })
  const { provide, rebuilt, said } = await node(containerd, { reachable: true })
  imports[rebuilt?.archive ?? ''] = [reference, rebuilt?.digest ?? '']
  assert.is((await provide())?.fidelity, 'rebuilt')
  assert.is(containerd.commands[0], `pull ${reference}`)
  assert.ok(said.some((event) => event.type === 'notice' && event.message.includes('could not be pulled')))
})

test('an upstream image is pulled once and stays when its registry is gone', async () => {
  const containerd = fakeContainerd({ pulls: { [reference]: digestOf('a') } })
  const { provide } = await node(containerd, { reachable: true })
  assert.is((await provide())?.fidelity, 'upstream')
  const offline = await provide({ probe: async () => false })
  assert.is(offline?.fidelity, 'upstream')
  assert.is(offline?.changed, false)
  assert.is(containerd.commands.length, 1)
})

test('a rebuilt image gives way to upstream once its registry can be reached', async () => {
  const { provide, containerd } = await rebuildingNode()
  await provide()
  const pulls = fakeContainerd({ pulls: { [reference]: digestOf('a') } })
  for (const [name, digest] of containerd.images) pulls.images.set(name, digest)
  const loaded = await provide({ probe: async () => true, runner: pulls.runner })
  assert.is(loaded?.fidelity, 'upstream')
  assert.is(loaded?.digest, digestOf('a'))
})

test('from a mirror: pulled there, named as upstream names it', async () => {
  const from = 'mirror.example/library/small:1.0'
  const containerd = fakeContainerd({ pulls: { [from]: digestOf('b') } })
  const { provide } = await node(containerd, { reachable: true, IMAGE_REGISTRY: 'mirror.example' })
  assert.is((await provide())?.digest, digestOf('b'))
  assert.equal(containerd.commands, [`pull ${from}`, `tag --force ${from} ${reference}`])
})

test('an archive is imported once though its digest is known only afterwards', async () => {
  const { rebuilt } = await rebuildingNode()
  const file = rebuilt?.archive ?? ''
  const containerd = fakeContainerd({ imports: { [file]: [reference, digestOf('c')] } })
  const { provide } = await node(containerd, { IMAGE_ARCHIVES: file })
  assert.is((await provide())?.fidelity, 'archive')
  assert.is((await provide())?.changed, false)
  assert.is(containerd.commands.length, 1)
})

test("containerd's table", () => {
  const text = `REF TYPE DIGEST SIZE PLATFORMS LABELS\nquay.io/a:1 application/vnd.oci ${digestOf('d')} 1.0 MiB linux/amd64 x=y \n\n`
  assert.equal([...parseImageList(text)], [['quay.io/a:1', { digest: digestOf('d'), pinned: false }]])
  const [, imported] = [...parseImageList(text.replace('x=y', 'x=y,io.cri-containerd.pinned=pinned'))][0] ?? []
  assert.ok(imported?.pinned)
})

test('killed between the import and all the rest, it is on record what it is', async () => {
  const { provide, containerd, record, rebuilt } = await rebuildingNode()
  const run = containerd.runner.run
  const killed: typeof containerd.runner.run = async (command, options) => {
    const result = await run(command, options)
    if (command.includes('import')) throw new Error('killed')
    return result
  }
  await provide({ runner: { ...containerd.runner, run: killed } }).catch(() => {})
  assert.is(containerd.images.get(reference), rebuilt?.digest)
  assert.is(findInRecord(readImageRecord(record), rebuilt?.config ?? '')?.fidelity, 'rebuilt')
})
test('what is there and on no record any more is recorded again', async () => {
  const { provide, record, rebuilt } = await rebuildingNode()
  await provide()
  writeFileSync(record, '{')
  assert.is((await provide())?.changed, false)
  assert.is(findInRecord(readImageRecord(record), rebuilt?.digest ?? '')?.fidelity, 'rebuilt')
})
test('what was imported and is on no record does not pass for upstream: it is pulled', async () => {
  const { provide, containerd, record } = await rebuildingNode()
  await provide()
  rmSync(record)
  const pulls = fakeContainerd({ pulls: { [reference]: digestOf('a') }, had: containerd })
  const loaded = await provide({ probe: async () => true, runner: pulls.runner })
  assert.equal(pulls.commands, [`pull ${reference}`])
  assert.is(loaded?.digest, digestOf('a'))
  assert.is(findInRecord(readImageRecord(record), digestOf('a'))?.fidelity, 'upstream')
})
test('what others record meanwhile is not lost', async () => {
  const { dir } = fixture()
  dirs.push(dir)
  const file = join(dir, 'images.json')
  const names = ['a', 'b', 'c', 'd']
  const entry = (name: string) => ({ name, reference: name, fidelity: 'rebuilt' as const, digest: digestOf(name) })
  await Promise.all(names.map((name) => addToRecord(file, [entry(name)])))
  assert.equal(
    readImageRecord(file)
      .map(({ name }) => name)
      .sort(),
    names,
  )
})
test('what was built here is known by its digests', async () => {
  const { options, rebuilt } = await rebuildingNode()
  const found = findInRecord(builtImages(options.settings), rebuilt?.config ?? '')
  assert.equal([found?.name, found?.fidelity], ['small', 'rebuilt'])
})

test('a record that can not be read is an empty one, and is written anew', async () => {
  const { dir } = fixture()
  dirs.push(dir)
  const file = join(dir, 'state/images.json')
  await addToRecord(file, [{ name: 'a', reference: 'a', fidelity: 'rebuilt', digest: digestOf('a') }])
  await addToRecord(file, [{ name: 'a', reference: 'a', fidelity: 'upstream', digest: digestOf('b') }])
  assert.is(findInRecord(readImageRecord(file), digestOf('a'))?.fidelity, 'rebuilt')
  writeFileSync(file, '{')
  assert.equal(readImageRecord(file), [])
})

test.run()
