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
import { withBetween } from '../src/verbs.ts'

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
// alerts → dashboards → library → node; agent needs nothing; npm's own "agent" is no dependency on ours.
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

workspace('the folders of packages are in order, also those without a manifest', () => {
  const found = ['agent', 'alerts', 'dashboards', 'empty', 'library', 'node']
  assert.equal(
    packageFolders(root),
    found.map((name) => ({ name, directory: join(root, 'packages', name) })),
  )
  assert.equal(packageFolders(join(root, 'packages')), [])
})

workspace('units are found by their manifest, dependencies first, also through packages that are none', () => {
  assert.equal(names(units), ['agent', 'node', 'dashboards', 'alerts'])
  assert.equal(
    units.map(({ dependencies }) => dependencies),
    [[], [], ['node'], ['dashboards']],
  )
})

workspace('the cluster is a unit of this workspace', () => {
  assert.ok(names(discoverUnits(repositoryRoot)).includes('cluster'))
})

for (const [what, given, withDependencies, expected] of [
  ['one, with what it needs', ['alerts'], true, ['node', 'dashboards', 'alerts']],
  ['one alone', ['alerts'], false, ['alerts']],
  ['several, in order', ['alerts', 'agent'], false, ['agent', 'alerts']],
  ['all', ['all'], false, ['agent', 'node', 'dashboards', 'alerts']],
] as const) {
  workspace(`selects ${what}`, () => {
    assert.equal(names(selectUnits(units, given, { verb: 'up', withDependencies })), expected)
  })
}

for (const [what, given, expected] of [
  ['what needs a component', ['dashboards'], ['dashboards', 'alerts']],
  ['nothing that needs no component', ['node'], ['node']],
  ['nothing above the top', ['alerts'], ['alerts']],
] as const) {
  workspace(`down selects with it ${what}`, () => {
    assert.equal(names(selectUnits(units, given, { verb: 'down', withDependents: true })), expected)
  })
}

for (const [what, given, code] of [
  ['no name', [], 'NAME_REQUIRED'],
  ['an unknown name', ['alerts', 'grafna'], 'UNKNOWN_COMPONENT'],
  ['a package that is no unit', ['library'], 'UNKNOWN_COMPONENT'],
] as const) {
  workspace(`${what} is a wrong call that says what exists`, () => {
    assert.throws(
      () => selectUnits(units, given, { verb: 'up', withDependencies: true }),
      (error: PlatformError) =>
        error.code === code && error.exitCode === 2 && /agent, node, dashboards, alerts, all/.test(error.message),
    )
  })
}

workspace('packages that need each other are named', () => {
  const cycle = [
    { name: 'a', dependencies: ['b'] },
    { name: 'b', dependencies: ['a'] },
  ]
  assert.throws(
    () => inOrder(cycle),
    (error: PlatformError) => /a → b → a/.test(error.message),
  )
})

workspace('what lies between two changing units runs too', () => {
  const pick = (...wanted: string[]) => units.filter(({ name }) => wanted.includes(name))
  assert.equal(names(withBetween(units, pick('node', 'alerts'))), ['node', 'dashboards', 'alerts'])
  assert.equal(names(withBetween(units, pick('alerts'))), ['alerts'])
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

for (const [what, folder, words, expected] of [
  ["a unit's script runs at once", 'unit', ['run', 'up'], 'script up in unit'],
  ['a package that is no unit is left to pnpm', 'other', ['run', 'up'], 'pnpm run up'],
  ['another script is left to pnpm', 'unit', ['run', 'down'], 'pnpm run down'],
  ['other words are left to pnpm', 'unit', ['--version'], 'pnpm --version'],
] as const) {
  workspace(`turbo's pnpm: ${what}`, async () => {
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
