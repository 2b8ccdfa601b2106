import { cyclesOf, folderGraph, type ImportGraph, pathTo } from './import-graph.ts'

/** Packages whose folders still have import cycles. After splitting one, remove it from this list. */
const foldersToSplit = ['cluster', 'grafana', 'images', 'ingress', 'monitoring', 'report', 'toolchain']

/** Files that write to a cluster; code that plans must not import them. */
const writers = /^packages\/engine\/src\/(apply|down)\/|\/release\/(helm|recover|lease)\.ts$|\/secrets\/(apply|write)-/

/** Violations of the rules about imports, one line each. Cycles between files are found by biome. */
export function importProblems({ all, values }: ImportGraph): string[] {
  const cycles = cyclesOf(folderGraph(all)).filter(
    (folders) => !folders.every((folder) => foldersToSplit.some((name) => folder.startsWith(`packages/${name}/`))),
  )
  const written = pathTo(values, 'packages/engine/src/plan/', (file) => writers.test(file))
  return [
    ...cycles.map((folders) => `folders import each other: ${folders.join(', ')}`),
    ...(written ? [`a plan reaches what writes: ${written.join(' → ')}`] : []),
  ]
}
