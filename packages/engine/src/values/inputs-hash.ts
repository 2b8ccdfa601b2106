import { createHash, type Hash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { discoverSettings, packageFolders, type Settings } from '@platform/core'
import type { Component } from '../component/component.ts'
import { addChartFiles, addFolder, addText, readFolder } from './hash.ts'
import { overlayFiles } from './overlay-files.ts'
import { replacesChart } from './replaces-chart.ts'

/** Raised when the engine computes other values from the same inputs. */
const format = 2

/** Folders and files of a component that its release does not depend on. */
const beside = new Set(['node_modules', 'test', 'dist', 'package.json', 'README.md'])
const besideSource = /^(checks|drills|main|unit)(\.ts$|$)/

/**
 * A hash of everything that a release's values may depend on: chart, overlays, the settings that the sources name, the
 * component's sources, collected files, the recipes of its images. Equal hashes mean equal fingerprints. Every `up`
 * computes it, so it loads neither YAML nor Helm.
 */
export async function inputsHash(component: Component, settings: Settings, root: string): Promise<string> {
  const hash = createHash('sha256')
  const sources = new Map<string, string>()
  addText(hash, 'format', String(format))
  addText(hash, 'release', `${component.namespace}/${component.release}`)
  addFolder(hash, join(component.directory, 'chart'), 'chart')
  for (const [path, text] of readFolder(component.directory, ownFile)) sources.set(path, text)
  for (const [path, text] of sources) addText(hash, path, text)
  for (const folder of component.collects ?? []) {
    for (const { name, directory } of packageFolders(root)) {
      addFolder(hash, join(directory, folder), `packages/${name}/${folder}`)
    }
  }
  const overlays = overlayFiles(component.name, settings, root)
  for (const file of overlays) addText(hash, relative(root, file), readFileSync(file, 'utf8'))
  for (const [name, value] of namedSettings(component, settings, root, sources.values())) addText(hash, name, value)
  const { externalInputs } = component
  if (externalInputs) addText(hash, 'external inputs', await externalInputs.digest({ settings, root, files: overlays }))
  addText(hash, 'images', imagesText(component, settings, root))
  if (replacesChart(component, settings, root)) await addForeignChart(hash, overlays, root)
  return hash.digest('hex').slice(0, 40)
}

/** The recipes of a component's images, and the archives that may replace them. */
function imagesText(component: Component, settings: Settings, root: string): string {
  if (settings.TARGET === 'context') return ''
  const hash = createHash('sha256')
  addText(hash, 'upstream', String(settings.REQUIRE_UPSTREAM))
  for (const path of settings.IMAGE_ARCHIVES) addText(hash, `archive ${path}`, stampOf(resolve(root, path)))
  const recipes = join(root, 'packages/images/src/definitions/common.ts')
  if (existsSync(recipes)) addText(hash, 'common', readFileSync(recipes, 'utf8'))
  const isImage = (path: string) => path === 'src' || path.startsWith('src/images') || !/^(src|chart)(\/|$)/.test(path)
  for (const [path, text] of readFolder(component.directory, (path) => ownFile(path) && isImage(path))) {
    addText(hash, path, text)
  }
  return hash.digest('hex').slice(0, 12)
}

/** Size and modification time of a file, because reading gigabytes in every call is too slow. */
function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  return found ? `${found.size} ${found.mtimeMs}` : ''
}

function ownFile(path: string): boolean {
  const [top = '', ...rest] = path.split('/')
  if (beside.has(top) || top.startsWith('.')) return false
  if (top === 'chart') return false // added by itself
  return !(top === 'src' && rest[0] && (besideSource.test(rest[0]) || rest[0] === 'dashboards'))
}

/** The settings that a component uses: those of its package, and those that its sources name. No secrets. */
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

/** A replaced chart in a folder or archive is an input too. */
async function addForeignChart(hash: Hash, overlays: readonly string[], root: string): Promise<void> {
  const { readOverlays } = await import('./read-overlays.ts')
  const { chart } = readOverlays(overlays, root)
  if (chart?.kind === 'path') addChartFiles(hash, chart.path)
}
