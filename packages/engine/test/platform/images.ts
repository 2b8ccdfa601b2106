import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PodObject } from '@platform/cluster'
import { systemRunner } from '@platform/core'
import type { PlanDocument } from '@platform/core/documents'
import { builtImages } from '@platform/images'
import * as assert from 'uvu/assert'
import type { Platform, Rows } from './subject.ts'

/** A docker-archive of a cached image with one label more, so that its digest differs. */
async function relabelled({ cluster, folder }: Platform, name: string): Promise<string> {
  const [image] = builtImages(cluster.settings)
    .filter((each) => each.name === name)
    .sort((a, b) => b.builtAt.localeCompare(a.builtAt))
  assert.ok(image, `${name} is not in the image cache`)
  const contents = mkdtempSync(join(tmpdir(), 'archive-'))
  await systemRunner.run(['tar', '-xf', image?.archive ?? '', '-C', contents])
  const read = (file: string) => JSON.parse(readFileSync(join(contents, file), 'utf8'))
  const [entry] = read('manifest.json') as { Config: string; RepoTags: string[]; Layers: string[] }[]
  if (!entry) return assert.unreachable('manifest.json is empty') as never
  const config = read(entry.Config)
  const text = JSON.stringify({ ...config, config: { ...config.config, Labels: { test: 'another image' } } })
  const file = `${createHash('sha256').update(text).digest('hex')}.json`
  writeFileSync(join(contents, file), text)
  writeFileSync(join(contents, 'manifest.json'), JSON.stringify([{ ...entry, Config: file }]))
  const archive = join(folder, `${name}.tar`)
  await systemRunner.run(['tar', '-cf', archive, '-C', contents, 'manifest.json', file, ...entry.Layers])
  rmSync(contents, { recursive: true, force: true })
  return archive
}

/** The pods of the platform, name by UID. */
async function podsOf({ cluster }: Platform): Promise<Map<string, string>> {
  const words = ['get', 'pods', '-A', '-l', 'app.kubernetes.io/part-of=observable-platform']
  const { items } = await cluster.kubectl().json<{ items: readonly PodObject[] }>(words)
  return new Map(items.map(({ metadata }) => [metadata.uid ?? '', metadata.name]))
}

export const images: Rows = {
  'another image for one container: the plan names it, and exactly its pods are replaced': async (platform) => {
    const { run, configure } = platform
    configure({ IMAGE_ARCHIVES: await relabelled(platform, 'kube-state-metrics') })
    const { document } = await run<PlanDocument>(['plan', 'all'], 3)
    assert.equal(
      document.units.filter(({ steps }) => steps.length).map(({ name }) => name),
      ['monitoring'],
    )
    const before = await podsOf(platform)
    await run(['up', 'all'])
    const after = await podsOf(platform)
    const replaced = [...before].filter(([uid]) => !after.has(uid)).map(([, name]) => name)
    assert.is(replaced.length, 1, replaced.join(', '))
    assert.match(replaced[0] ?? '', /^prometheus-kube-state-metrics-/)
    await run<PlanDocument>(['plan', 'all'], 0)
    configure({ IMAGE_ARCHIVES: undefined })
    await run(['up', 'all'])
    await run<PlanDocument>(['plan', 'all'], 0)
  },
}
