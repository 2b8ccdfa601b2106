import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Runner, Settings } from '@platform/core'
import { parse } from 'yaml'
import type { Component } from '../component/component.ts'
import { templateArguments } from '../plan/render.ts'
import { parseManifest } from '../release/manifest.ts'
import { helmEnvironment } from '../session/session.ts'
import { desiredRelease } from '../values/desired.ts'
import { chartArchive } from './archive.ts'
import { imagesOf } from './images.ts'

export interface PackageOptions {
  readonly components: readonly Component[]
  /** TARGET=context without an env file, so that the published files do not depend on the machine. */
  readonly settings: Settings
  readonly root: string
  /** The output folder, absolute. */
  readonly out: string
  readonly helm: string
  readonly runner: Runner
}

/**
 * Writes the chart archive of each component, its manifests rendered with the default values, and a list of all images.
 * The same checkout gives the same bytes.
 *
 * @returns the file names
 */
export async function packageComponents(options: PackageOptions): Promise<string[]> {
  const home = mkdtempSync(join(tmpdir(), 'platform-package-'))
  try {
    mkdirSync(options.out, { recursive: true })
    const packaged = await Promise.all(options.components.map((component) => packageOne(component, options, home)))
    const images = [...new Set(packaged.flatMap((each) => each.images))].sort()
    writeFileSync(join(options.out, 'images.txt'), images.map((image) => `${image}\n`).join(''))
    return [...packaged.flatMap(({ files }) => files), 'images.txt'].sort()
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

async function packageOne(
  component: Component,
  { settings, root, out, helm, runner }: PackageOptions,
  home: string,
): Promise<{ files: string[]; images: string[] }> {
  const chart = join(component.directory, 'chart')
  const { name, version } = parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8')) as { name: string; version: string }
  const archive = `${component.name}-${version}.tgz`
  writeFileSync(join(out, archive), new Uint8Array(chartArchive(chart, name)))
  const desired = await desiredRelease(component, settings, root)
  // Rendered from the archive, which is what is published.
  const own = { chart: { kind: 'own' as const, path: join(out, archive) } }
  const { stdout } = await runner.run([helm, ...templateArguments(component, own)], {
    input: JSON.stringify(desired.values),
    env: helmEnvironment(home),
  })
  const manifest = `${component.name}.yaml`
  writeFileSync(join(out, manifest), stdout)
  return { files: [archive, manifest], images: imagesOf(parseManifest(stdout)) }
}
