import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compareGoVersions, parseGoModule } from '../src/go-module.ts'
import { goWheel } from '../src/go-wheel.ts'
import { idOf, linkerFlags, pinsOf, repositorySources, type Sources } from '../src/pins.ts'
import { type GoUnit, units } from '../src/units.ts'

const goUnits = units.filter((unit): unit is GoUnit => unit.kind === 'go')
const before = keys(repositorySources)

function keys(sources: Sources): Map<string, string> {
  return new Map(pinsOf(units, sources).map(({ unit, key }) => [unit.name, key]))
}

/** The units whose key changes when one file reads otherwise, or is there as well. */
function changed(path: string, edit: (text: string) => string, added?: string): string[] {
  const after = keys({
    read: (file) =>
      file === path
        ? edit(file.endsWith(added ?? '\0') ? '' : repositorySources.read(file))
        : repositorySources.read(file),
    list: (folder) => [...repositorySources.list(folder), ...(added && path.startsWith(folder) ? [added] : [])],
  })
  return [...after].filter(([name, key]) => before.get(name) !== key).map(([name]) => name)
}

const tools = 'packages/toolchain/go/tools'
const clients = 'packages/toolchain/go/clients'
const kubernetes = 'packages/toolchain/go/kubernetes'
const bump = (module: string) => (text: string) => {
  const out = text.replace(new RegExp(`(\\s${module} v\\d+\\.\\d+\\.)\\d+`), '$1999')
  assert.is.not(out, text)
  return out
}

for (const [what, path, edit, expected] of [
  ['the version of Helm', `${clients}/go.mod`, bump('helm.sh/helm/v4'), ['helm']],
  ['the version of etcd', `${tools}/go.mod`, bump('go.etcd.io/etcd/server/v3'), ['etcd']],
  ['a module that several share', `${tools}/go.mod`, bump('google.golang.org/grpc'), ['etcd', 'containerd']],
  ['the version of Kubernetes', `${kubernetes}/go.mod`, bump('k8s.io/kubernetes'), ['kubernetes', 'kubectl']],
  ['a tool line', `${tools}/go.mod`, (text: string) => text.replace('\tgo.etcd.io/etcd/server/v3\n', ''), []],
  ['a comment in a go.mod', `${tools}/go.mod`, (text: string) => `// a comment\n${text}`, []],
  ['our CoreDNS', `${clients}/coredns/main.go`, (text: string) => `${text}//\n`, ['coredns']],
  ['our Kubernetes', `${kubernetes}/main.go`, (text: string) => `${text}//\n`, ['kubernetes']],
  ['the node agent', 'packages/node/agent/main.go', (text: string) => `${text}//\n`, ['node-agent']],
] as const) {
  test(`${what} changes: ${expected.length ? `${expected.join(', ')} and no other` : 'nothing'}`, () => {
    assert.equal(changed(path, edit), [...expected])
  })
}

test('a new source file of the node agent changes it; a test file does not', () => {
  assert.equal(
    changed('packages/node/agent/new.go', () => 'package main\n', 'new.go'),
    ['node-agent'],
  )
  assert.equal(
    changed('packages/node/agent/new_test.go', () => 'package main\n', 'new_test.go'),
    [],
  )
})

test('a checksum in go.sum changes the units that have the module', () => {
  const edit = (text: string) => text.replace(/(helm\.sh\/helm\/v4 v[\d.]+ h1:)./, '$1~')
  assert.equal(changed(`${clients}/go.sum`, edit), ['helm'])
})

test('the id changes with any key, and with nothing else', () => {
  const pins = pinsOf(units)
  assert.is(idOf(pins), idOf(pinsOf(units)))
  assert.is.not(idOf(pins), idOf(pins.slice(1)))
})

test('each unit of a shared go.mod has its modules recorded', () => {
  for (const folder of [tools, clients]) {
    const recorded = JSON.parse(repositorySources.read(`${folder}/modules.json`)) as Record<string, string[]>
    for (const unit of goUnits.filter((each) => each.folder === folder)) {
      assert.ok(recorded[unit.name]?.includes(unit.module ?? ''), unit.name)
    }
  }
})

/** Modules of both that none of client-go's packages imports. */
const alone = new Set(['golang.org/x/crypto', 'golang.org/x/sync'])

test("what is compiled once for all is everywhere of Kubernetes' version", () => {
  const requires = (folder: string) => parseGoModule(repositorySources.read(`${folder}/go.mod`)).requires
  const [ours, its] = [requires(clients), requires(kubernetes)]
  const { helm, coredns } = JSON.parse(repositorySources.read(`${clients}/modules.json`)) as Record<string, string[]>
  // What is compiled for Kubernetes and used by both clients is client-go and what that is made of.
  const shared = (helm ?? []).filter((module) => coredns?.includes(module) && ours.has(module) && its.has(module))
  assert.ok(shared.includes('k8s.io/client-go') && shared.includes('golang.org/x/net'))
  const differ = shared.filter((module) => ours.get(module) !== its.get(module) && !alone.has(module))
  assert.equal(differ, [], `${clients}/go.mod: require and exclude until these are as in ${kubernetes}/go.mod`)
})

test('the Go of the wheel is new enough for every go.mod', () => {
  for (const { inputs, unit } of pinsOf(goUnits)) {
    assert.ok(compareGoVersions(goWheel.version, inputs['Go, at least'] ?? '') >= 0, unit.name)
  }
})

test('a unit comes after the one that it waits for', () => {
  const names = units.map(({ name }) => name)
  for (const { name, after } of goUnits) {
    if (after) assert.ok(names.slice(0, names.indexOf(name)).includes(after), `${name} after ${after}`)
  }
})

test('versions come from go.mod alone', () => {
  const byName = new Map(pinsOf(units).map((pins) => [pins.unit.name, pins]))
  const flags = (name: string) => byName.get(name)?.inputs.flags ?? ''
  const version = /k8s\.io\/kubernetes (v\S+)/.exec(repositorySources.read(`${kubernetes}/go.mod`))?.[1]
  assert.is(byName.get('kubectl')?.version, version)
  assert.ok(flags('kubectl').includes(`-X k8s.io/component-base/version.gitVersion=${version}`))
  assert.ok(flags('helm').includes(`-X helm.sh/helm/v4/internal/version.version=${byName.get('helm')?.version}`))
})

test('a linker flag for a unit without variables is none', () => {
  const etcd = goUnits.find(({ name }) => name === 'etcd') as GoUnit
  assert.is(linkerFlags(etcd, 'v1.0.0'), '-s -w')
})

test('no two programs of the toolchain have one name', () => {
  const names = goUnits.flatMap(({ programs, names }) => Object.values(programs).flatMap((p) => names?.[p] ?? [p]))
  assert.is(new Set(names).size, names.length)
})

test.run()
