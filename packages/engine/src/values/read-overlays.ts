import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { withoutCredentials } from '@platform/core'
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import type { Values } from '../component/identity.ts'
import { isRecord, mergeValues } from './merge.ts'
import type { ChartSource } from './types.ts'

/** A parsed overlay file. */
export interface Overlay {
  /** From the root of the checkout. */
  readonly file: string
  readonly values: Values
  /** The line of the longest prefix of the path that the file has. */
  lineOf(path: readonly (string | number)[]): number
}

export interface Overlays {
  /** Overlays for our own chart; all, unless one replaces it. */
  readonly own: readonly Overlay[]
  /** Overlays from the one that replaces the chart: earlier ones are for our chart and do not apply. */
  readonly foreign: readonly Overlay[]
  /** The replacement of our chart. */
  readonly chart: Exclude<ChartSource, { kind: 'own' }> | undefined
  readonly problems: readonly string[]
}

/** Reads overlay files and extracts `chart:`. Returns problems instead of throwing, so that all are reported together. */
export function readOverlays(files: readonly string[], root: string): Overlays {
  const problems: string[] = []
  let own: Overlay[] = []
  let foreign: Overlay[] = []
  let said: Values = {}
  let where = ''
  for (const path of files) {
    const overlay = readOverlay(path, root, problems)
    if (!overlay) continue
    const { chart, ...values } = overlay.values
    const rest = { ...overlay, values }
    if (chart === null) {
      own = [...own, ...foreign, rest]
      foreign = []
      said = {}
      continue
    }
    if (isRecord(chart)) {
      said = mergeValues(said, chart)
      where = `${overlay.file}:${overlay.lineOf(['chart'])}`
    } else if (chart !== undefined) {
      problems.push(`${overlay.file}:${overlay.lineOf(['chart'])}: chart: expected ref, repo and version below it`)
    }
    if (Object.keys(said).length) foreign.push(rest)
    else own.push(rest)
  }
  const chart = Object.keys(said).length ? chartSource(said, where, root, problems) : undefined
  return { own, foreign, chart, problems }
}

function readOverlay(path: string, root: string, problems: string[]): Overlay | undefined {
  const file = relative(root, path)
  const counter = new LineCounter()
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: counter, prettyErrors: false })
  for (const error of document.errors) {
    problems.push(`${file}:${counter.linePos(error.pos[0]).line}: ${error.message.split('\n')[0]}`)
  }
  if (document.errors.length) return undefined
  const values: unknown = document.toJS() ?? {}
  if (!isRecord(values)) {
    problems.push(`${file}:1: expected keys and values`)
    return undefined
  }
  return { file, values, lineOf: (keys) => lineOf(document, counter, keys) }
}

function lineOf(document: Document, counter: LineCounter, path: readonly (string | number)[]): number {
  let offset = 0
  let node: unknown = document.contents
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      if (!pair) break
      offset = (pair.key as { range?: [number, number, number] | null }).range?.[0] ?? offset
      node = pair.value
    } else {
      const item: unknown = (node as { items?: unknown[] } | null)?.items?.[Number(key)]
      if (item === undefined) break
      offset = (item as { range?: [number, number, number] | null }).range?.[0] ?? offset
      node = item
    }
  }
  return counter.linePos(offset).line
}

function chartSource(said: Values, where: string, root: string, problems: string[]): Overlays['chart'] {
  const wrong = (what: string) => void problems.push(`${where}: chart${what}`)
  for (const [key, value] of Object.entries(said)) {
    if (!['ref', 'repo', 'version'].includes(key)) wrong(`.${key}: no such key; allowed: ref, repo, version`)
    else if (typeof value !== 'string') wrong(`.${key}: expected text, in quotes: ${JSON.stringify(value)}`)
  }
  for (const [key, value] of Object.entries(said)) {
    // A password would be in Helm's arguments, in plans and in the output.
    if (typeof value === 'string' && value !== withoutCredentials(value))
      return wrong(
        `.${key}: expected a URL without user and password; fetch that chart and name its path: ref: ./charts/x`,
      )
  }
  const { ref, repo, version } = said as Readonly<Record<string, string | undefined>>
  if (typeof ref !== 'string' || !ref) return wrong('.ref: is missing: a path, oci://…, or a name in `repo`')
  if (repo !== undefined || ref.startsWith('oci://')) {
    // Without a version another chart could be installed without a change in any file.
    if (!version) return wrong('.version: is missing: a chart from elsewhere is pinned')
    return repo === undefined ? { kind: 'oci', ref, version } : { kind: 'repo', repo, ref, version }
  }
  const path = isAbsolute(ref) ? ref : resolve(root, ref)
  if (!existsSync(path)) return wrong(`.ref: there is no ${path}; a chart of a repository needs \`repo\``)
  if (version !== undefined) return wrong('.version: not allowed with a path; the version is in its Chart.yaml')
  return { kind: 'path', path }
}
