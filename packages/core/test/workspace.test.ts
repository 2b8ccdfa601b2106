import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  discoverUnits,
  inOrder,
  type PlatformError,
  packageFolders,
  repositoryRoot,
  selectUnits,
  systemRunner,
  type WorkspaceUnit,
} from '../src/index.ts'
import { shimText, turboConfiguration } from '../src/turbo.ts'
import { withIntermediates } from '../src/verbs.ts'

const workspace = suite('workspace')
const root = mkdtempSync(join(tmpdir(), 'platform-workspace-'))
workspace.after(() => rmSync(root, { recursive: true }))

const add = (folder: string, platform: object | undefined, needs: Record<string, string> = {}) => {
  mkdirSync(join(root, 'packages', folder), { recursive: true })
  const dependencies = Object.fromEntries(
    Object.entries(needs).map(([name, version]) => [`@platform/${name}`, version]),
  )
  writeFileSync(
    join(root, 'packages', folder, 'package.json'),
    JSON.stringify({ name: `@platform/${folder}`, platform, dependencies }),
  )
}
// alerts → dashboards → library → node; agent has no dependencies. The npm package "agent" is not the unit.
add('alerts', { component: true }, { dashboards: 'workspace:*' })
add('dashboards', { component: true }, { library: 'workspace:^', agent: '1.0.0' })
add('library', undefined, { node: 'workspace:*' })
add('node', { unit: true })
add('agent', { unit: true })
mkdirSync(join(root, 'packages', 'empty'))
const units = discoverUnits(root)
const unit = (name: string): WorkspaceUnit => ({
  ...{ name, packageName: name, directory: '/', dependencies: [], isComponent: true },
})
const names = (list: readonly { name: string }[]) => list.map(({ name }) => name)

workspace('package folders are sorted and include those without a manifest', () => {
  const found = ['agent', 'alerts', 'dashboards', 'empty', 'library', 'node']
  assert.equal(
    packageFolders(root),
    found.map((name) => ({ name, directory: join(root, 'packages', name) })),
  )
  assert.equal(packageFolders(join(root, 'packages')), [])
})

workspace('units are found by their manifest and sorted by dependency, also through packages that are no units', () => {
  assert.equal(names(units), ['agent', 'node', 'dashboards', 'alerts'])
  assert.equal(
    units.map(({ dependencies }) => dependencies),
    [[], [], ['node'], ['dashboards']],
  )
})

workspace('the cluster is a unit of this workspace', () => {
  assert.ok(names(discoverUnits(repositoryRoot)).includes('cluster'))
})

for (const [name, given, withDependencies, expected] of [
  ['one with its dependencies', ['alerts'], true, ['node', 'dashboards', 'alerts']],
  ['one alone', ['alerts'], false, ['alerts']],
  ['several, in order', ['alerts', 'agent'], false, ['agent', 'alerts']],
  ['all', ['all'], false, ['agent', 'node', 'dashboards', 'alerts']],
] as const) {
  workspace(`selects ${name}`, () => {
    assert.equal(names(selectUnits(units, given, { verb: 'up', withDependencies })), expected)
  })
}

for (const [name, given, expected] of [
  ['the dependents of a component', ['dashboards'], ['dashboards', 'alerts']],
  ['no dependents of the cluster', ['node'], ['node']],
  ['nothing for a component without dependents', ['alerts'], ['alerts']],
] as const) {
  workspace(`down also selects ${name}`, () => {
    assert.equal(names(selectUnits(units, given, { verb: 'down', withDependents: true })), expected)
  })
}

for (const [name, given, code] of [
  ['no name', [], 'NAME_REQUIRED'],
  ['an unknown name', ['alerts', 'grafna'], 'UNKNOWN_COMPONENT'],
  ['a package that is no unit', ['library'], 'UNKNOWN_COMPONENT'],
] as const) {
  workspace(`${name} is refused, and the message lists the available names`, () => {
    assert.throws(
      () => selectUnits(units, given, { verb: 'up', withDependencies: true }),
      (error: PlatformError) =>
        error.code === code && error.exitCode === 2 && /agent, node, dashboards, alerts, all/.test(error.message),
    )
  })
}

workspace('a dependency cycle is reported with its packages', () => {
  const cycle = [
    { name: 'a', dependencies: ['b'] },
    { name: 'b', dependencies: ['a'] },
  ]
  assert.throws(
    () => inOrder(cycle),
    (error: PlatformError) => /a → b → a/.test(error.message),
  )
})

workspace('units between two changing units run too', () => {
  const pick = (...wanted: string[]) => units.filter(({ name }) => wanted.includes(name))
  assert.equal(names(withIntermediates(units, pick('node', 'alerts'))), ['node', 'dashboards', 'alerts'])
  assert.equal(names(withIntermediates(units, pick('alerts'))), ['alerts'])
})

for (const [verb, task, before] of [
  ['up', 'alerts', ['@platform/dashboards#up']],
  ['up', 'node', []],
  ['down', 'node', ['@platform/dashboards#down']],
  ['down', 'alerts', []],
] as const) {
  workspace(`turbo: ${verb} of ${task} comes after ${before.join() || 'nothing'}`, () => {
    const { tasks } = turboConfiguration({ verb, units }) as {
      tasks: Record<string, { cache: boolean; dependsOn: string[] }>
    }
    assert.equal(tasks[`@platform/${task}#${verb}`], { cache: false, dependsOn: before })
  })
}

for (const [title, folder, words, expected] of [
  ["a unit's script runs directly", 'unit', ['run', 'up'], 'script up in unit'],
  ['a package that is no unit is left to pnpm', 'other', ['run', 'up'], 'pnpm run up'],
  ['another script is left to pnpm', 'unit', ['run', 'down'], 'pnpm run down'],
  ['other words are left to pnpm', 'unit', ['--version'], 'pnpm --version'],
] as const) {
  workspace(`turbo's pnpm: ${title}`, async () => {
    const at = (...path: string[]) => join(root, "it's here", ...path)
    for (const name of ['unit', 'other']) {
      mkdirSync(at(name), { recursive: true })
      const scripts = { up: `echo "script up in $(basename "$PWD")"`, down: 'exit 1' }
      writeFileSync(at(name, 'package.json'), JSON.stringify({ scripts }))
    }
    writeFileSync(at('pnpm'), shimText([{ ...unit('unit'), directory: at('unit') }], 'up', ['echo', 'pnpm']))
    const { stdout } = await systemRunner.run(['sh', at('pnpm'), ...words], { cwd: at(folder) })
    assert.is(stdout.trim(), expected)
  })
}

workspace.run()
