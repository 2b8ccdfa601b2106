import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Runner } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { imagesOf } from '../src/package/images.ts'
import { packageComponents } from '../src/package/package-components.ts'
import { component } from './fixture/src/component.ts'
import { checkout, settingsOf } from './support.ts'

const test = suite('package')
const rendered = 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, image: "b:1"}]}\n'

const packaged = async (from: typeof component) => {
  const { root, remove } = checkout()
  const out = mkdtempSync(join(tmpdir(), 'platform-dist-'))
  const commands: (readonly string[])[] = []
  const run: Runner['run'] = async (command) => {
    commands.push(command)
    return { stdout: rendered, stderr: '', exitCode: 0 }
  }
  const settings = settingsOf({ TARGET: 'context' })
  const options = { components: [from], settings, root, out, helm: 'helm', runner: { run, probe: run } }
  try {
    const files = await packageComponents(options)
    return { files, commands, content: files.map((file) => readFileSync(join(out, file)).toString('base64')) }
  } finally {
    remove()
    rmSync(out, { recursive: true })
  }
}

test('writes an archive, manifests and the list of images, independent of file times', async () => {
  const first = await packaged(component)
  const copy = mkdtempSync(join(tmpdir(), 'platform-copy-'))
  cpSync(component.directory, copy, { recursive: true })
  utimesSync(join(copy, 'chart', 'Chart.yaml'), 1, 1)
  const second = await packaged({ ...component, directory: copy })
  rmSync(copy, { recursive: true })
  assert.equal(first.files, ['images.txt', 'probe-0.1.0.tgz', 'probe.yaml'])
  assert.equal(second.content, first.content)
  assert.is(Buffer.from(first.content[0] ?? '', 'base64').toString(), 'b:1\n')
})
test('the archive has every file of the chart, without owners', async () => {
  const { content } = await packaged(component)
  const tar = gunzipSync(new Uint8Array(Buffer.from(content[1] ?? '', 'base64')))
  const names: string[] = []
  for (let at = 0; tar[at]; ) {
    const text = (from: number, length: number) =>
      tar.toString('latin1', at + from, at + from + length).replace(/\0.*/s, '')
    names.push(text(0, 100))
    assert.equal([text(108, 8), text(116, 8)], ['0000000', '0000000'])
    at += 512 + Math.ceil(Number.parseInt(text(124, 12), 8) / 512) * 512
  }
  const files = readdirSync(join(component.directory, 'chart'), { recursive: true, withFileTypes: true })
  assert.is(names.length, files.filter((each) => each.isFile()).length)
  assert.is(names[0], 'probe/Chart.yaml')
  assert.ok(names.includes('probe/templates/server-deployment.yaml'))
})
test('the manifests are rendered from the published archive', async () => {
  const { commands } = await packaged(component)
  assert.match(commands[0]?.join(' ') ?? '', /^helm template probe-release \S+\/probe-0.1.0.tgz --namespace=probe/)
})
test('the image list has the images of all containers once, sorted', () => {
  const pod = (images: string[]) => ({
    containers: images.map((image) => ({ image })),
    initContainers: [{ image: 'a:0' }],
  })
  const object = { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } }
  assert.equal(
    imagesOf([
      { ...object, spec: pod(['z:1', 'b:1']) },
      { ...object, spec: { jobTemplate: { spec: { template: { spec: pod(['b:1']) } } } }, image: 'no' },
    ]),
    ['a:0', 'b:1', 'z:1'],
  )
})
test.run()
