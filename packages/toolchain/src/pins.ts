import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '@platform/core'
import { parseGoModule } from './go-module.ts'
import type { DebianUnit, GoUnit, Unit } from './units.ts'

/** What decides a unit's content. Two machines with the same pins build the same unit; another key is another unit. */
export interface Pins {
  readonly unit: Unit
  /** Short hash of `inputs`. */
  readonly key: string
  /** `v1.37.2`, `trixie`, or the key for what is our own. */
  readonly version: string
  /** What was hashed, by name: to say what differs when a key does. */
  readonly inputs: Readonly<Record<string, string>>
}

/** Reads files of the repository, by paths relative to its root. Tests hand in a fake. */
export interface Sources {
  read(path: string): string
  /** The files below a folder, sorted, as paths relative to it. */
  list(folder: string): string[]
}

export const repositorySources: Sources = {
  read: (path) => readFileSync(join(repositoryRoot, path), 'utf8'),
  list(folder) {
    const below = (path: string): string[] =>
      readdirSync(join(repositoryRoot, folder, path), { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? below(join(path, entry.name)) : [join(path, entry.name)],
      )
    return below('').sort()
  },
}

/**
 * The flags of every Go build: static, without paths of this machine, without what only a debugger reads (a fifth of
 * the compile time). Part of the key.
 */
export const goFlags = ['-trimpath', '-buildvcs=false', '-mod=readonly'] as const
export const buildFlags = ['-gcflags=all=-dwarf=false'] as const
const linkFlags = ['-s', '-w']
const platform = { GOOS: 'linux', GOARCH: 'amd64', GOAMD64: 'v1', CGO_ENABLED: '0', GOWORK: 'off', GOEXPERIMENT: '' }

/** What a Go build reads from its environment and must not take from the user's. Part of the key. */
export const goEnvironment: Readonly<Record<string, string>> = { ...platform, GOFLAGS: goFlags.join(' ') }

/** The list of the modules that each unit of a shared go.mod is made of, next to that go.mod; `pnpm toolchain:pins` writes it. */
export const modulesFile = 'modules.json'

/** The pins of a unit as the repository has them now. Reads a handful of small files; no network, no Go. */
export function pinsOf(unit: Unit, sources: Sources = repositorySources): Pins {
  return unit.kind === 'go' ? pinsOfGo(unit, sources) : pinsOfDebian(unit)
}

/** The value of `-ldflags`. */
export function linkerFlags(unit: GoUnit, version: string): string {
  const variables = Object.entries(unit.variables?.(version) ?? {})
  return [...linkFlags, ...variables.map(([name, value]) => `-X ${name}=${value}`)].join(' ')
}

function pinsOfGo(unit: GoUnit, sources: Sources): Pins {
  const files = sources.list(unit.folder)
  const module = parseGoModule(sources.read(join(unit.folder, 'go.mod')))
  const used = files.includes(modulesFile) ? modulesOf(unit, sources) : undefined
  const inputs: Record<string, string> = { 'Go, at least': module.go, 'go.mod': hash(module.rest.join('\n')) }
  for (const [name, version] of module.requires) {
    if (!used || used.has(name)) inputs[name] = version
  }
  const sums = sources.read(join(unit.folder, 'go.sum')).split('\n')
  inputs['go.sum'] = hash(sums.filter((line) => !used || pinned(line, inputs)).join('\n'))
  for (const file of sourcesOf(unit, files)) inputs[file] = hash(sources.read(join(unit.folder, file)))
  const version = unit.module === undefined ? undefined : module.requires.get(unit.module)
  if (unit.module !== undefined && version === undefined) {
    throw new Error(`${unit.folder}/go.mod does not require ${unit.module}, which the unit ${unit.name} is made of`)
  }
  inputs.flags = [...goFlags, ...buildFlags, linkerFlags(unit, version ?? '')].join(' ')
  inputs.environment = JSON.stringify(platform)
  inputs.programs = JSON.stringify([unit.programs, unit.names ?? {}])
  const key = keyOf(inputs)
  return { unit, key, version: version ?? key, inputs }
}

/** Whether a line of go.sum is of one of the modules in `inputs`, at the version there. */
function pinned(line: string, inputs: Readonly<Record<string, string>>): boolean {
  const [module = '', version = ''] = line.split(' ')
  return inputs[module] === version
}

/** The modules that a unit is made of, where its folder's go.mod serves several. */
function modulesOf(unit: GoUnit, sources: Sources): ReadonlySet<string> | undefined {
  const all = JSON.parse(sources.read(join(unit.folder, modulesFile))) as Record<string, string[]>
  return all[unit.name] && new Set(all[unit.name])
}

/** Our own Go files that a unit is built from: those in the folder of each of its packages, and below. */
function sourcesOf(unit: GoUnit, files: readonly string[]): string[] {
  const own = Object.keys(unit.programs).flatMap((path) => {
    if (path === '.') return ['']
    const match = /^platform\.local\/toolchain\/[^/]+(?:\/(.*))?$/.exec(path)
    return match ? [match[1] ? `${match[1]}/` : ''] : []
  })
  return files.filter(
    (file) => file.endsWith('.go') && !file.endsWith('_test.go') && own.some((folder) => file.startsWith(folder)),
  )
}

function pinsOfDebian(unit: DebianUnit): Pins {
  const inputs = { suite: unit.suite, packages: unit.packages.join(' '), recipe: String(unit.recipe) }
  return { unit, key: keyOf(inputs), version: unit.suite, inputs }
}

/** One hash for a set of pins: the toolchain's id. */
export function idOf(pins: readonly Pins[]): string {
  return hash(pins.map(({ unit, key }) => `${unit.name} ${key}`).join('\n'))
}

function keyOf(inputs: Readonly<Record<string, string>>): string {
  return hash(JSON.stringify(Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1))))
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
