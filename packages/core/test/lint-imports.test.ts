import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cyclesOf, folderGraph, pathTo, readImportGraph } from '../src/lint/import-graph.ts'
import { importProblems } from '../src/lint/import-rules.ts'
import { repositoryRoot } from '../src/paths.ts'

const test = suite('the lint of imports')
const edges = (graph: Readonly<Record<string, readonly string[]>>) => new Map(Object.entries(graph))

function checkout(files: Readonly<Record<string, string>>): { root: string; remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'imports-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}

test('static, dynamic and type imports are read, and those of other packages resolved', () => {
  const { root, remove } = checkout({
    'packages/a/package.json': '{"name": "@platform/a", "exports": {".": "./src/index.ts", "./x": "./src/x/one.ts"}}',
    'packages/a/src/index.ts': "export { one } from './x/one.ts'",
    'packages/a/src/x/one.ts': "import type { B } from '../y/b.ts'\nimport { type C } from '../y/c.ts'",
    'packages/b/package.json': '{"name": "@platform/b"}',
    'packages/b/src/main.ts':
      "import { a } from '@platform/a'\nconst x = await import('@platform/a/x')\nimport 'node:fs'",
  })
  const { all, values } = readImportGraph(root)
  remove()
  assert.equal(all.get('packages/b/src/main.ts'), ['packages/a/src/index.ts', 'packages/a/src/x/one.ts'])
  assert.equal(all.get('packages/a/src/x/one.ts'), ['packages/a/src/y/b.ts', 'packages/a/src/y/c.ts'])
  assert.equal(values.get('packages/a/src/x/one.ts'), [])
  assert.equal(values.get('packages/a/src/index.ts'), ['packages/a/src/x/one.ts'])
})

test('cycles are found, each once', () => {
  assert.equal(cyclesOf(edges({ a: ['b'], b: ['c'], c: ['a', 'd'], d: [], e: ['f'], f: ['e'] })), [
    ['a', 'b', 'c'],
    ['e', 'f'],
  ])
  assert.equal(cyclesOf(edges({ a: ['b', 'c'], b: ['c'], c: [] })), [])
})

test('folders: entry files may import every folder, other files beside them may not', () => {
  const of = (files: Readonly<Record<string, readonly string[]>>) => cyclesOf(folderGraph(edges(files)))
  const [index, base] = ['packages/p/src/index.ts', 'packages/p/src/base.ts']
  const [one, two] = ['packages/p/src/x/one.ts', 'packages/p/src/y/two.ts']
  assert.equal(of({ [index]: [one, base], [one]: [base], [base]: [] }), [])
  assert.equal(of({ [one]: [base], [base]: [two], [two]: [base] }), [['packages/p/src', 'packages/p/src/y']])
  assert.equal(of({ [one]: [two], [two]: [one] }), [['packages/p/src/x', 'packages/p/src/y']])
})

test('a forbidden file is shown with the chain of imports that reaches it', () => {
  const graph = edges({ 'p/a': ['q/b'], 'q/b': ['q/c'], 'q/c': ['r/w'], 'r/w': [] })
  assert.equal(
    pathTo(graph, 'p/', (file) => file.startsWith('r/')),
    ['p/a', 'q/b', 'q/c', 'r/w'],
  )
  assert.is(
    pathTo(graph, 'q/', (file) => file.startsWith('p/')),
    undefined,
  )
})

test('a plan that reaches a writer, and folders that import each other, are problems', () => {
  const plan = 'packages/engine/src/plan/a.ts'
  const graph = edges({
    [plan]: ['packages/engine/src/release/helm.ts'],
    'packages/engine/src/release/helm.ts': [plan],
  })
  const problems = importProblems({ all: graph, values: graph })
  assert.match(problems.join('\n'), /packages\/engine\/src\/plan, packages\/engine\/src\/release[\s\S]*plan\/a\.ts → /)
})

test('this checkout has no such problem', () => assert.equal(importProblems(readImportGraph(repositoryRoot)), []))

test.run()
