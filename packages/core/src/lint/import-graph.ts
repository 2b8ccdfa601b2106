import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { packageFolders } from '../package-folders.ts'

/** The imports between source files, all paths from the root of the checkout. */
export interface ImportGraph {
  /** All imports: static, dynamic and type-only. */
  readonly all: ReadonlyMap<string, readonly string[]>
  /** Without type-only imports: the code that a file can run. */
  readonly values: ReadonlyMap<string, readonly string[]>
}

type Edges = ReadonlyMap<string, readonly string[]>

const importPattern = /\b(?:import|export)\s+(type\s+)?([^'"()]*?)\bfrom\s+'([^']+)'|\bimport\('([^']+)'\)/g

/** Reads the imports of `packages/<name>/src`. Imports of other packages are resolved by their `exports`. */
export function readImportGraph(root: string): ImportGraph {
  const packages = new Map(packageFolders(root).map(({ directory }) => readPackage(directory)))
  const all = new Map<string, string[]>()
  const values = new Map<string, string[]>()
  for (const { directory } of packages.values()) {
    for (const file of sourceFiles(join(directory, 'src'))) {
      const name = relative(root, file)
      all.set(name, [])
      values.set(name, [])
      for (const [, type, names = '', from, dynamic] of readFileSync(file, 'utf8').matchAll(importPattern)) {
        const target = resolveImport(file, from ?? dynamic ?? '', packages)
        if (!target) continue
        all.get(name)?.push(relative(root, target))
        if (!type && !onlyTypes(names)) values.get(name)?.push(relative(root, target))
      }
    }
  }
  return { all, values }
}

interface Package {
  readonly directory: string
  readonly exports: Readonly<Record<string, string>>
}

function readPackage(directory: string): [string, Package] {
  const { name, exports = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  return [name, { directory, exports }]
}

function sourceFiles(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
}

function resolveImport(file: string, from: string, packages: ReadonlyMap<string, Package>): string | undefined {
  if (from.startsWith('.')) return join(dirname(file), from)
  const [, name = '', path = ''] = /^(@platform\/[^/]+)(\/.*)?$/.exec(from) ?? []
  const found = packages.get(name)
  const target = found?.exports[`.${path}`]
  return found && target ? join(found.directory, target) : undefined
}

/** Whether the import list has only types, as in `{ type A, type B }`. */
function onlyTypes(names: string): boolean {
  const [, list] = /^\s*\{([^}]*)\}\s*$/.exec(names) ?? []
  const parts = list?.split(',').filter((each) => each.trim()) ?? []
  return parts.length > 0 && parts.every((each) => each.trim().startsWith('type '))
}

/**
 * The same imports between folders. Entry files of a package (`index.ts`, `unit.ts`, `main.ts`, and others that no folder
 * imports) may import every folder, so they are excluded.
 */
export function folderGraph(files: Edges): Map<string, string[]> {
  const imported = new Set(
    [...files].flatMap(([file, targets]) => targets.filter((to) => dirname(to) !== dirname(file))),
  )
  const folders = new Map<string, string[]>()
  for (const [file, targets] of files) {
    const isEntry = /^packages\/[^/]+\/src\/[^/]+$/.test(file) && (!imported.has(file) || /\/index\.ts$/.test(file))
    if (isEntry) continue
    const from = dirname(file)
    const others = targets.map((to) => dirname(to)).filter((to) => to !== from)
    folders.set(from, [...(folders.get(from) ?? []), ...others])
  }
  return folders
}

/** Groups of nodes that import each other, by Tarjan's algorithm. Each group is sorted. */
export function cyclesOf(graph: Edges): string[][] {
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const cycles: string[][] = []
  const visit = (node: string): void => {
    order.set(node, order.size)
    low.set(node, order.get(node) ?? 0)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next)
      if (stack.includes(next)) low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0))
    }
    if (low.get(node) !== order.get(node)) return
    const group = stack.splice(stack.indexOf(node))
    if (group.length > 1) cycles.push(group.sort())
  }
  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return cycles
}

/** The shortest chain of imports from a file below `from` to a forbidden one, or undefined. */
export function pathTo(graph: Edges, from: string, isForbidden: (file: string) => boolean): string[] | undefined {
  const chains = [...graph.keys()].filter((file) => file.startsWith(from)).map((file) => [file])
  const visited = new Set(chains.flat())
  for (const chain of chains) {
    for (const next of graph.get(chain.at(-1) ?? '') ?? []) {
      if (isForbidden(next)) return [...chain, next]
      if (visited.has(next)) continue
      visited.add(next)
      chains.push([...chain, next])
    }
  }
  return undefined
}
