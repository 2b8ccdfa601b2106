import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '@platform/core'
import { type GoModule, parseGoModule } from './go-module.ts'
import type { DebianProgramUnit, DebianUnit, GoUnit, Unit } from './units.ts'

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
  /** `latin1` keeps each byte of what is not text. */
  read(path: string, encoding?: 'utf8' | 'latin1'): string
  /** The files below a folder, sorted, as paths relative to it. */
  list(folder: string): string[]
}

export const repositorySources: Sources = {
  read: (path, encoding = 'utf8') => readFileSync(join(repositoryRoot, path), encoding),
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

/** What a Go build reads from its environment and must not take from the user's. */
export const goEnvironment: Readonly<Record<string, string>> = {
  ...platform,
  GO111MODULE: 'on',
  GOFLAGS: goFlags.join(' '),
}

/** The list of the modules that each unit of a shared go.mod is made of, next to that go.mod; `pnpm toolchain:pins` writes it. */
export const modulesFile = 'modules.json'

/** The pins of units as the repository has them now. Reads a handful of small files; no network, no Go. */
export function pinsOf(units: readonly Unit[], sources: Sources = repositorySources): Pins[] {
  const folders = new Map<string, Folder>()
  return units.map((unit) => {
    if (unit.kind === 'debian') return pinsOfDebian(unit)
    if (unit.kind === 'debian-program') return pinsOfDebianProgram(unit)
    const folder = folders.get(unit.folder) ?? readFolder(unit, sources)
    folders.set(unit.folder, folder)
    return pinsOfGo(unit, folder)
  })
}

/** The value of `-ldflags`. */
export function linkerFlags(unit: GoUnit, version: string): string {
  const variables = Object.entries(unit.variables?.(version) ?? {})
  return [...linkFlags, ...variables.map(([name, value]) => `-X ${name}=${value}`)].join(' ')
}

/** A folder with a go.mod, read once for all of its units. */
interface Folder {
  readonly module: GoModule
  /** The lines of go.sum, by `module version` and by `module version/go.mod`. */
  readonly sums: ReadonlyMap<string, string>
  /** Unit → modules, where the go.mod serves several. */
  readonly modules: Readonly<Record<string, readonly string[]>>
  /** Our own Go files, and what they may embed → hash. */
  readonly sources: ReadonlyMap<string, string>
}

/** What the pins read by themselves, not as a source. */
const pinFiles = ['go.mod', 'go.sum', modulesFile]

function readFolder({ folder: path, assets }: GoUnit, sources: Sources): Folder {
  const read = (file: string) => sources.read(join(path, file), ...(file.endsWith('.go') ? [] : ['latin1' as const]))
  const files = sources.list(path)
  const isSource = (file: string) => file.endsWith('.go') || (assets === true && !pinFiles.includes(file))
  const own = files.filter((file) => isSource(file) && !file.endsWith('_test.go'))
  const sums = read('go.sum').split('\n').filter(Boolean)
  return {
    module: parseGoModule(read('go.mod')),
    sums: new Map(sums.map((line) => [line.slice(0, line.lastIndexOf(' ')), line])),
    modules: files.includes(modulesFile) ? JSON.parse(read(modulesFile)) : {},
    sources: new Map(own.map((file) => [file, hash(read(file))])),
  }
}

function pinsOfGo(unit: GoUnit, { module, sums, modules, sources }: Folder): Pins {
  const version = unit.module === undefined ? undefined : module.requires.get(unit.module)
  if (unit.module !== undefined && version === undefined) {
    throw new Error(`${unit.folder}/go.mod does not require ${unit.module}, which the unit ${unit.name} is made of`)
  }
  const inputs: Record<string, string> = { 'Go, at least': module.go, 'go.mod': hash(module.rest.join('\n')) }
  for (const name of modules[unit.name] ?? module.requires.keys()) {
    const required = module.requires.get(name)
    if (required) inputs[name] = required
  }
  const pinned = Object.entries(inputs).map(([name, required]) => sums.get(`${name} ${required}`) ?? '')
  inputs['go.sum'] = hash((modules[unit.name] ? pinned : [...sums.values()]).join('\n'))
  for (const file of sourcesOf(unit, [...sources.keys()])) inputs[file] = sources.get(file) ?? ''
  inputs.flags = [...goFlags, ...buildFlags, linkerFlags(unit, version ?? '')].join(' ')
  inputs.environment = JSON.stringify(platform)
  inputs.programs = JSON.stringify([unit.programs, unit.names ?? {}])
  const key = keyOf(inputs)
  return { unit, key, version: version ?? key, inputs }
}

/** Our own Go files that a unit is built from: those in the folder of each of its packages, and below. */
function sourcesOf(unit: GoUnit, files: readonly string[]): string[] {
  const own = Object.keys(unit.programs).flatMap((path) => {
    if (path === '.') return ['']
    const match = /^platform\.local\/toolchain\/[^/]+(?:\/(.*))?$/.exec(path)
    return match ? [match[1] ? `${match[1]}/` : ''] : []
  })
  return unit.assets ? [...files] : files.filter((file) => own.some((folder) => file.startsWith(folder)))
}

function pinsOfDebian(unit: DebianUnit): Pins {
  const inputs = { suite: unit.suite, packages: unit.packages.join(' '), recipe: String(unit.recipe) }
  return { unit, key: keyOf(inputs), version: unit.suite, inputs }
}

function pinsOfDebianProgram(unit: DebianProgramUnit): Pins {
  const { suite, programs, version } = unit
  const inputs = { suite, package: unit.package, programs: JSON.stringify(programs), version }
  return { unit, key: keyOf(inputs), version, inputs }
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
