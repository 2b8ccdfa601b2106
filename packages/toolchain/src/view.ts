import { copyFileSync, linkSync, lstatSync, mkdirSync, renameSync, type Stats, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { filesOf, removeTree } from './entry.ts'
import { idOf, type Pins } from './pins.ts'
import { entryFolder, type Places } from './places.ts'
import type { Unit } from './units.ts'

/** A complete set of what a node runs. */
export interface Toolchain {
  /** A folder with every program by its usual name. Hard links: it can be mounted into another root. */
  readonly bin: string
  /** An unpacked Debian root with runc, nft, ip, … inside; read-only. */
  readonly nodeRoot: string
  /** Hash of the pins of all of it. */
  readonly id: string
}

/** Where the toolchain of these pins is, or will be. */
export function toolchainOf(places: Places, pins: readonly Pins[]): Toolchain {
  const id = idOf(pins)
  const root = pins.find(({ unit }) => unit.kind === 'debian')
  return { bin: join(places.views, id), nodeRoot: root ? filesOf(entryFolder(places, root)) : '', id }
}

/** The names of a unit's programs, as they are called. */
export function programNames(unit: Unit): string[] {
  if (unit.kind === 'debian') return []
  const names = unit.kind === 'go' ? unit.names : undefined
  return Object.values(unit.programs).flatMap((program) => names?.[program] ?? [program])
}

/** Name → file of each program in a view. Several names may be one file: a compiled one; releases have a file for each. */
function programsOf(places: Places, pins: readonly Pins[]): Map<string, string> {
  const programs = new Map<string, string>()
  for (const pin of pins) {
    const files = filesOf(entryFolder(places, pin))
    for (const name of programNames(pin.unit)) {
      const own = join(files, name)
      programs.set(name, stat(own) ? own : join(files, commonProgram(pin.unit, name)))
    }
  }
  return programs
}

/** The program that is called by a name. */
function commonProgram(unit: Unit, name: string): string {
  const names = unit.kind === 'go' ? Object.entries(unit.names ?? {}) : []
  return names.find(([, each]) => each.includes(name))?.[0] ?? name
}

/** The names in a view that are missing or are not what its entries have. */
export function brokenNames(places: Places, pins: readonly Pins[]): string[] {
  const { bin } = toolchainOf(places, pins)
  const same = (a: Stats | undefined, b: Stats | undefined) =>
    a !== undefined && b !== undefined && (a.ino === b.ino || (a.size === b.size && a.mtimeMs === b.mtimeMs))
  return [...programsOf(places, pins)]
    .filter(([name, file]) => !same(stat(join(bin, name)), stat(file)))
    .map(([n]) => n)
}

/** Creates the view, or repairs it name by name, so that running programs keep running. */
export function makeView(places: Places, pins: readonly Pins[]): void {
  const { bin } = toolchainOf(places, pins)
  const programs = programsOf(places, pins)
  mkdirSync(bin, { recursive: true })
  for (const name of brokenNames(places, pins)) {
    const aside = join(bin, `.${name}.${process.pid}`)
    removeTree(aside)
    linkOrCopy(programs.get(name) ?? '', aside)
    renameSync(aside, join(bin, name))
    // a rename of one hard link onto another of the same file does nothing and leaves both
    removeTree(aside)
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error
    copyFileSync(from, to)
    const { atime, mtime } = lstatSync(from)
    utimesSync(to, atime, mtime)
  }
}

function stat(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}
