import { createHash, type Hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { discoverSettings, packageFolders, type Settings } from '@platform/core'
import type { Component } from '../component/component.ts'
import { overlayFiles } from './overlay-files.ts'

/** Raised when the engine itself makes something else of the same inputs. */
const format = 1

/** Folders and files of a component that say nothing about its release. */
const beside = new Set(['node_modules', 'test', 'dist', 'package.json', 'README.md'])
const besideSource = /^(checks|drills|main|unit)(\.ts$|$)/

/**
 * What a release is made from, in one word: the chart, the overlays, the settings that its sources name, the component's
 * own values and what they collect, the sources of its images. Neither YAML nor Helm is loaded for it: this is what
 * every `up` without a change costs.
 */
export async function fingerprintOf(component: Component, settings: Settings, root: string): Promise<string> {
  const hash = createHash('sha256')
  const sources = new Map<string, string>()
  add(hash, 'format', String(format))
  add(hash, 'release', `${component.namespace}/${component.release}`)
  addFolder(hash, join(component.directory, 'chart'), 'chart')
  for (const [path, text] of readFolder(component.directory, ownFile)) sources.set(path, text)
  for (const [path, text] of sources) add(hash, path, text)
  for (const folder of component.collects ?? []) {
    for (const { name, directory } of packageFolders(root)) {
      addFolder(hash, join(directory, folder), `packages/${name}/${folder}`)
    }
  }
  const overlays = overlayFiles(component.name, settings, root)
  for (const file of overlays) add(hash, relative(root, file), readFileSync(file, 'utf8'))
  for (const [name, value] of namedSettings(component, settings, root, sources.values())) add(hash, name, value)
  const { externalInputs: supplies } = component
  if (supplies) add(hash, 'supplies', await supplies.digest({ settings, root, files: overlays }))
  add(hash, 'images', imagesText(component, settings, root))
  if (replacesChart(component, settings, root)) await addForeignChart(hash, overlays, root)
  return hash.digest('hex').slice(0, 40)
}

/**
 * The value `global.images`: another one when the component's images are made from something else, so that its pods are
 * replaced. On a cluster that pulls for itself the references say all.
 */
export function imagesText(component: Component, settings: Settings, root: string): string {
  if (settings.TARGET === 'context') return ''
  const hash = createHash('sha256')
  add(hash, 'upstream', String(settings.REQUIRE_UPSTREAM))
  add(hash, 'archives', settings.IMAGE_ARCHIVES.join(','))
  const recipes = join(root, 'packages/images/src/definitions/common.ts')
  if (existsSync(recipes)) add(hash, 'common', readFileSync(recipes, 'utf8'))
  const isImage = (path: string) => path === 'src' || path.startsWith('src/images') || !/^(src|chart)(\/|$)/.test(path)
  for (const [path, text] of readFolder(component.directory, (path) => ownFile(path) && isImage(path))) {
    add(hash, path, text)
  }
  return hash.digest('hex').slice(0, 12)
}

function ownFile(path: string): boolean {
  const [top = '', ...rest] = path.split('/')
  if (beside.has(top) || top.startsWith('.')) return false
  if (top === 'chart') return false // added by itself
  return !(top === 'src' && rest[0] && (besideSource.test(rest[0]) || rest[0] === 'dashboards'))
}

/** Settings by what they are to this component: those of its own package, and what its sources name. No secrets. */
function namedSettings(
  component: Component,
  settings: Settings,
  root: string,
  sources: Iterable<string>,
): [string, string][] {
  const named = new Set([...sources].flatMap((text) => text.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g) ?? []))
  const declared = discoverSettings(root)
  const own = new Set(declared.filter((each) => each.package === component.name).map(({ name }) => name))
  const secret = new Set(declared.filter(({ type }) => type === 'secret').map(({ name }) => name))
  const values: Readonly<Record<string, unknown>> = { ...settings, ...settings.components }
  const wanted = Object.keys(values).filter((name) => named.has(name) || own.has(name))
  return ['TARGET', 'IMAGE_REGISTRY', ...wanted]
    .filter((name) => !secret.has(name))
    .sort()
    .map((name) => [`setting ${name}`, JSON.stringify(values[name]) ?? ''])
}

/** An overlay puts another chart in the place of ours. Told without reading YAML. */
export function replacesChart(component: Pick<Component, 'name'>, settings: Settings, root: string): boolean {
  const files = overlayFiles(component.name, settings, root)
  return files.some((file) => /^["']?chart["']?\s*:(?!\s*(null|~)\s*(#.*)?$)/m.test(readFileSync(file, 'utf8')))
}

/** A chart elsewhere in the checkout or on this machine is as much an input as our own. */
async function addForeignChart(hash: Hash, overlays: readonly string[], root: string): Promise<void> {
  const { readOverlays } = await import('./read-overlays.ts')
  const { chart } = readOverlays(overlays, root)
  if (chart?.kind !== 'path') return
  if (existsSync(join(chart.path, 'Chart.yaml'))) addFolder(hash, chart.path, 'foreign')
  else if (existsSync(chart.path)) hash.update(new Uint8Array(readFileSync(chart.path)))
}

function addFolder(hash: Hash, folder: string, as: string): void {
  for (const [path, text] of readFolder(folder)) add(hash, `${as}/${path}`, text)
}

/** Lengths are part of it: two files can't be taken for one. */
function add(hash: Hash, name: string, text: string): void {
  hash.update(`${name.length}:${name} ${text.length}:${text}\n`)
}

/** Every file below a folder that `wanted` lets through (asked for folders as well), in order; latin1: nothing is lost. */
function* readFolder(
  folder: string,
  wanted: (path: string) => boolean = () => true,
  below = '',
): Generator<[string, string]> {
  if (!existsSync(folder)) return
  const entries = readdirSync(join(folder, below), { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below ? `${below}/${entry.name}` : entry.name
    if (!wanted(path)) continue
    if (entry.isDirectory()) yield* readFolder(folder, wanted, path)
    else if (entry.isFile()) yield [path, readFileSync(join(folder, path), 'latin1')]
  }
}
