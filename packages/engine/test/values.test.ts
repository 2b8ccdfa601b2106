import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PlatformError, repositoryRoot } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Component } from '../src/component/component.ts'
import type { Values } from '../src/component/identity.ts'
import { loadComponents } from '../src/component/load.ts'
import { desiredRelease } from '../src/values/desired.ts'
import { ignoredProblems } from '../src/values/ignored.ts'
import { inputsHash } from '../src/values/inputs-hash.ts'
import { mergeValues } from '../src/values/merge.ts'
import { readOverlays } from '../src/values/read-overlays.ts'
import { nearest, overlayProblems } from '../src/values/validate.ts'
import { component as probe } from './fixture/src/component.ts'
import { checkout, settingsOf, write } from './support.ts'

const test = suite('values')

/** The fixture in a checkout of its own, so that its files can be changed. */
const probeIn = (files: Readonly<Record<string, string>> = {}) => {
  const { root, remove } = checkout(files)
  const directory = join(root, 'packages', 'probe')
  cpSync(probe.directory, directory, { recursive: true })
  symlinkSync(join(repositoryRoot, 'packages/engine/node_modules'), join(root, 'node_modules'))
  const component: Component = { ...probe, directory }
  return { root, remove, component }
}

const desired = async (
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
  changed: Partial<Component> = {},
) => {
  const { root, remove, component } = probeIn(files)
  try {
    return await desiredRelease({ ...component, ...changed }, settingsOf(env), root)
  } finally {
    remove()
  }
}

const refusal = async (files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) => {
  const error = await desired(files, env).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.instance(error, PlatformError)
  assert.is((error as PlatformError).exitCode, 2)
  return (error as PlatformError).message
}

const file = 'values/default/probe.yaml'

for (const [what, text, expected] of [
  ['an unknown key', 'replicaz: 2\n', `${file}:1: replicaz: no such value; did you mean replicas? (allowed: `],
  [
    'one deep below',
    'volume:\n  # how much\n  sise: 1Gi\n',
    `${file}:3: volume.sise: no such value; did you mean size?`,
  ],
  ['a text for a number', 'greeting: hi\nreplicas: "2"\n', `${file}:2: replicas: expected integer, not "2"`],
  ['a value that is out of range', '\nport: 70000\n', `${file}:2: port: must be <= 65535, not 70000`],
  [
    'a choice that there is not',
    'global:\n  target: moon\n',
    `${file}:2: global.target: expected one of "embedded", "context", not "moon"`,
  ],
  ['a list where keys are expected', '- a\n', `${file}:1: expected keys and values`],
  ['what is no YAML', 'a: [1\n', `${file}:2: `],
  ['a key that stands twice', 'port: 1\nport: 2\n', `${file}:2: Map keys must be unique`],
  ['a chart without a version', 'chart:\n  ref: oci://example.test/x\n', `${file}:1: chart.version: is missing`],
  [
    'a repository with a password',
    'chart:\n  ref: x\n  repo: https://me:secret@example.test/c\n  version: 1.0.0\n',
    `${file}:1: chart.repo: expected a URL without user and password`,
  ],
  [
    'a chart with a password',
    'chart:\n  ref: oci://me:secret@example.test/c\n  version: 1.0.0\n',
    `${file}:1: chart.ref: expected a URL without user and password`,
  ],
  ['a chart that is not there', 'chart:\n  ref: ./nowhere\n', `${file}:1: chart.ref: there is no `],
  [
    'an unknown key of chart',
    'chart:\n  ref: ./packages/probe/chart\n  revision: "1"\n',
    `${file}:1: chart.revision: no such key`,
  ],
] as const) {
  test(`${what} is refused with file and line`, async () => {
    assert.ok((await refusal({ [file]: text })).includes(expected), await refusal({ [file]: text }))
  })
}

const listed = {
  type: 'object',
  properties: {
    needed: { type: 'object', required: ['a'], properties: { items: { type: 'object', required: ['b'] } } },
    wanted: {
      type: 'array',
      items: { type: 'object', oneOf: [{ required: ['id', 'revision'] }, { required: ['file'] }] },
    },
  },
}
for (const [what, values, wrong] of [
  ['a part of an object', { needed: { items: {} } }, false],
  ['an item of a list, the one way', { wanted: [{ id: 1, revision: 2 }] }, false],
  ['an item of a list, the other way', { wanted: [{ file: 'a' }] }, false],
  ['an item that lacks something', { wanted: [{ id: 1 }] }, true],
] as const) {
  test(`${what} is ${wrong ? 'refused' : 'taken'} in an overlay: what it sets is a part, a list is whole`, () => {
    const dir = mkdtempSync(join(tmpdir(), 'schema-'))
    try {
      writeFileSync(join(dir, 'schema.json'), JSON.stringify(listed))
      const problems = overlayProblems(join(dir, 'schema.json'), [{ file, values, lineOf: () => 1 }])
      assert.is(problems.length > 0, wrong, problems.join())
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })
}

test('everything that is wrong in all overlays is told at once', async () => {
  const message = await refusal(
    { [file]: 'a: 1\nreplicas: x\n', 'values/ha/probe.yaml': 'volume: 3\n' },
    { VALUES: 'default,ha' },
  )
  assert.match(message, /default\/probe.yaml:1: a: no such value/)
  assert.match(message, /default\/probe.yaml:2: replicas: expected integer/)
  assert.match(message, /ha\/probe.yaml:1: volume: expected object/)
})
test('an overlay that is not there, a file of no component, and a wrong ending are refused by name', async () => {
  assert.match(await refusal({}, { VALUES: 'default,hah' }), /there is no folder values\/hah/)
  assert.match(await refusal({ 'values/default/prope.yaml': '' }), /prope.yaml: unknown component "prope"/)
  assert.match(await refusal({ 'values/default/probe.yml': '' }), /probe.yml is not read: rename it to probe.yaml/)
})
test('later overlays go over earlier ones, and the engine goes over all', async () => {
  const { values } = await desired(
    { [file]: 'replicas: 2\ngreeting: one\n', 'values/ha/probe.yaml': 'greeting: two\nglobal: {target: context}\n' },
    { VALUES: 'default,ha' },
  )
  assert.is(values.replicas, 2)
  assert.is(values.greeting, 'two')
  assert.is((values.global as { target: string }).target, 'embedded')
  const { images } = values.global as { images: Record<string, { source: string }> }
  assert.equal(Object.keys(images), ['docker.io/library/busybox:1.37.0'])
  assert.match(images['docker.io/library/busybox:1.37.0']?.source ?? '', /^[0-9a-f]{12}$/)
})
const settled: Partial<Component> = {
  presets: () => ({ greeting: 'preset', replicas: 3 }),
  values: () => ({ ingress: { hosts: ['a.example'] } }),
  decides: { 'ingress.hosts': 'PROBE_HOST' },
}
test('an overlay goes over what is only preset', async () => {
  const { values } = await desired({ [file]: 'greeting: mine\n' }, {}, { ...settled, values: () => ({ port: 81 }) })
  assert.equal([values.greeting, values.replicas, values.port], ['mine', 3, 81])
})
for (const [what, text, problem] of [
  [
    'says otherwise',
    'ingress:\n  hosts: [b.example]\n',
    `${file}:2: ingress.hosts: cannot be overridden: set PROBE_HOST in the env file`,
  ],
  [
    'takes it away',
    'ingress:\n  hosts: null\n',
    `${file}:2: ingress.hosts: cannot be overridden: set PROBE_HOST in the env file`,
  ],
  [
    'takes all of it away',
    'ingress: null\n',
    `${file}:1: ingress: cannot be overridden: set PROBE_HOST in the env file`,
  ],
  ['says the same', 'ingress:\n  hosts: [a.example]\n', undefined],
  ['says something beside it', 'ingress:\n  className: x\n', undefined],
] as const) {
  test(`an overlay that ${what} about what a setting decides is ${problem ? 'refused' : 'taken'}`, () => {
    const { root, remove } = checkout({ [file]: text })
    try {
      const { own } = readOverlays([join(root, file)], root)
      const [found, ...more] = ignoredProblems(own, settled.values?.({} as never) as Values, settled.decides)
      assert.equal(more, [])
      assert.is(found?.startsWith(problem ?? '?') ?? false, problem !== undefined, found)
    } finally {
      remove()
    }
  })
}
for (const component of await loadComponents()) {
  for (const [path, setting] of Object.entries(component.decides ?? {})) {
    test(`${component.name}: an overlay that sets ${path} is told of ${setting}`, async () => {
      const said = path.split('.').reduceRight<unknown>((value, key) => ({ [key]: value }), 'other') as Values
      const overlay = { file: 'x.yaml', values: said, lineOf: () => 7 }
      const above = (await component.values?.({ settings: settingsOf(), root: repositoryRoot })) ?? {}
      const problems = ignoredProblems([overlay], above, component.decides)
      assert.equal(problems, [`x.yaml:7: ${path}: cannot be overridden: set ${setting} in the env file instead`])
    })
  }
}
test('a mirror takes the place of each registry on a context alone', async () => {
  const IMAGE_REGISTRY = 'mirror.example:5000/hub'
  const context = await desired({}, { TARGET: 'context', IMAGE_REGISTRY })
  assert.equal(context.values.images, { toolbox: 'mirror.example:5000/hub/library/busybox:1.37.0' })
  assert.equal(context.values.global, { images: {}, target: 'context' })
  assert.is((await desired({}, { IMAGE_REGISTRY })).values.images, undefined)
})
test('another chart gets the values of its own overlays and none of ours', async () => {
  const other = 'chart:\n  ref: https://example.test/a.tgz\n'
  assert.match(await refusal({ [file]: other }), /a chart of a repository needs `repo`/)
  const { chart, values } = await desired(
    {
      [file]: 'replicas: 2\n',
      'values/theirs/probe.yaml':
        'chart:\n  ref: web\n  repo: https://example.test/charts\n  version: 1.2.3\nwhatever: 1\n',
    },
    { VALUES: 'default,theirs' },
  )
  assert.equal(chart, { kind: 'repo', repo: 'https://example.test/charts', ref: 'web', version: '1.2.3' })
  assert.equal(values, { whatever: 1 })
})
test('null takes a default away, and lists are replaced', () => {
  assert.equal(mergeValues({ a: { b: 1, c: [1, 2] } }, { a: { b: null, c: [3] } }), { a: { b: null, c: [3] } })
})
test('the nearest name is offered only where it is near', () => {
  assert.is(nearest('replicaz', ['replicas', 'port']), 'replicas')
  assert.is(nearest('xyz', ['replicas', 'port']), undefined)
})

const changes: readonly [string, boolean, (root: string) => void, Readonly<Record<string, string>>?][] = [
  ['nothing', false, () => {}],
  ['a template', true, (root) => write(root, 'packages/probe/chart/templates/x.yaml', 'a: 1')],
  ['an overlay of VALUES', true, (root) => write(root, file, 'replicas: 2')],
  ['an overlay that is not in VALUES', false, (root) => write(root, 'values/ha/probe.yaml', 'replicas: 2')],
  ['the source of its values', true, (root) => write(root, 'packages/probe/src/values.ts', '1')],
  ['its checks', false, (root) => write(root, 'packages/probe/src/checks.ts', '1')],
  ['its drills, in a folder', false, (root) => write(root, 'packages/probe/src/drills/one.ts', '1')],
  ['its tests', false, (root) => write(root, 'packages/probe/test/one.test.ts', '1')],
  ['the source of its image', true, (root) => write(root, 'packages/probe/stand-in/main.go', 'package main')],
  ["another component's chart", false, (root) => write(root, 'packages/other/chart/values.yaml', 'a: 1')],
  ['the target', true, () => {}, { TARGET: 'context' }],
  ['a setting that it does not name', false, () => {}, { INGRESS_PORT: '8080' }],
]
for (const [what, changed, change, env] of changes) {
  test(`the hash of the inputs ${changed ? 'changes' : 'stays'} with ${what}`, async () => {
    const { root, remove, component } = probeIn()
    try {
      const before = await inputsHash(component, settingsOf(), root)
      change(root)
      const after = await inputsHash(component, settingsOf(env), root)
      assert.is(before !== after, changed)
      assert.match(after, /^[0-9a-f]{40}$/)
    } finally {
      remove()
    }
  })
}
test('the hash of the inputs changes with settings that the sources name, and never with a secret', async () => {
  const { root, remove, component } = probeIn({
    'packages/probe/package.json':
      '{"platform": {"settings": {"PROBE_HOST": {"type": "host"}, "PROBE_KEY": {"type": "secret"}}}}',
  })
  try {
    const of = (components: Record<string, string>) =>
      inputsHash(component, { ...settingsOf(), components: { PROBE_HOST: '', PROBE_KEY: '', ...components } }, root)
    assert.is.not(await of({ PROBE_HOST: 'a.test' }), await of({ PROBE_HOST: 'b.test' }))
    assert.is(await of({ PROBE_KEY: 'a' }), await of({ PROBE_KEY: 'b' }))
    assert.is(await of({ OTHER_HOST: 'a' }), await of({ OTHER_HOST: 'b' }))
  } finally {
    remove()
  }
})
test('the hash of the inputs changes with what is collected from other packages', async () => {
  const { root, remove, component } = probeIn({ 'packages/other/src/dashboards/one.ts': '1' })
  const collecting = { ...component, collects: ['src/dashboards'] }
  try {
    const before = await inputsHash(collecting, settingsOf(), root)
    write(root, 'packages/other/src/dashboards/one.ts', '2')
    assert.is.not(await inputsHash(collecting, settingsOf(), root), before)
    assert.is(await inputsHash(component, settingsOf(), root), await inputsHash(component, settingsOf(), root))
  } finally {
    remove()
  }
})
test.run()
