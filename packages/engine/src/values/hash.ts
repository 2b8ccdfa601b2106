import type { Hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Adds a named text to a hash, with both lengths: two texts cannot be taken for one. */
export function addText(hash: Hash, name: string, text: string): void {
  hash.update(`${name.length}:${name} ${text.length}:${text}\n`)
}

/** Adds every file of a folder to a hash. */
export function addFolder(hash: Hash, folder: string, as: string): void {
  for (const [path, text] of readFolder(folder)) addText(hash, `${as}/${path}`, text)
}

/** Adds a chart on this machine to a hash: every file of its folder, or its archive. */
export function addChartFiles(hash: Hash, path: string): void {
  if (existsSync(join(path, 'Chart.yaml'))) addFolder(hash, path, 'chart')
  else if (existsSync(path)) hash.update(new Uint8Array(readFileSync(path)))
}

/**
 * Every file below a folder, sorted by path. The text is latin1: no byte is lost.
 *
 * @param wanted is called for files and folders; a folder that it refuses is not read
 */
export function* readFolder(
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
