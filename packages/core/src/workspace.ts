import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PlatformError, usageError } from './errors.ts'
import { packageFolders } from './package-folders.ts'
import type { Unit } from './unit.ts'

/** A package of the workspace that is a unit. */
export interface WorkspaceUnit {
  /** The folder's name, which users type. */
  readonly name: string
  /** The package's name, which turbo and pnpm use. */
  readonly packageName: string
  /** Absolute. */
  readonly directory: string
  /** Names of the units that must be up before it: dependencies, direct or through packages that are no units. */
  readonly dependencies: readonly string[]
  /** A component, not the cluster. */
  readonly isComponent: boolean
}

interface Manifest {
  readonly name: string
  readonly platform?: { readonly component?: boolean; readonly unit?: boolean }
  readonly dependencies?: Readonly<Record<string, string>>
}

/** The name that selects every unit. */
export const everything = 'all'

/** The units of the workspace, dependencies first. There is no other list of units. */
export function discoverUnits(root: string): WorkspaceUnit[] {
  const packages = new Map<string, { directory: string; folder: string; manifest: Manifest }>()
  for (const { name: folder, directory } of packageFolders(root)) {
    const file = join(directory, 'package.json')
    if (!existsSync(file)) continue
    const manifest: Manifest = JSON.parse(readFileSync(file, 'utf8'))
    packages.set(manifest.name, { directory, folder, manifest })
  }
  const isUnit = (manifest: Manifest) => Boolean(manifest.platform?.component || manifest.platform?.unit)
  const unitsBelow = (packageName: string, seen = new Set<string>()): string[] =>
    Object.entries(packages.get(packageName)?.manifest.dependencies ?? {}).flatMap(([name, version]) => {
      const below = packages.get(name)
      if (!below || !version.startsWith('workspace:') || seen.has(name)) return []
      seen.add(name)
      return isUnit(below.manifest) ? [below.folder] : unitsBelow(name, seen)
    })
  const units = [...packages.entries()]
    .filter(([, { manifest }]) => isUnit(manifest))
    .map(([packageName, { directory, folder, manifest }]) => ({
      name: folder,
      packageName,
      directory,
      dependencies: unitsBelow(packageName),
      isComponent: Boolean(manifest.platform?.component),
    }))
  return inOrder(units)
}

/** Sorts dependencies first, and keeps the order otherwise. */
export function inOrder<T extends { readonly name: string; readonly dependencies: readonly string[] }>(
  units: readonly T[],
): T[] {
  const ordered = new Set<T>()
  const visit = (unit: T, path: readonly string[]): void => {
    if (path.includes(unit.name)) {
      throw new PlatformError(
        'DEPENDENCY_CYCLE',
        `circular dependency of packages: ${[...path, unit.name].join(' → ')}`,
        {
          hint: 'remove one of these workspace dependencies from its package.json',
        },
      )
    }
    for (const name of unit.dependencies) {
      const below = units.find((each) => each.name === name)
      if (below) visit(below, [...path, unit.name])
    }
    ordered.add(unit)
  }
  for (const unit of units) visit(unit, [])
  return [...ordered]
}

/** How the named units are extended. */
export interface Selection {
  readonly verb: string
  readonly withDependencies?: boolean
  readonly withDependents?: boolean
}

/**
 * The units that the user named, dependencies first.
 *
 * @param withDependencies adds their dependencies
 * @param withDependents adds the components that depend on one of them
 * @throws PlatformError, exit code 2: NAME_REQUIRED without names, UNKNOWN_COMPONENT; both list the available names
 */
export function selectUnits(
  units: readonly WorkspaceUnit[],
  names: readonly string[],
  { verb, withDependencies = false, withDependents = false }: Selection,
): WorkspaceUnit[] {
  const available = `available: ${[...units.map(({ name }) => name), everything].join(', ')}`
  if (!names.length)
    throw usageError('NAME_REQUIRED', `${verb} needs a name; ${available}`, `pnpm ${verb} ${everything}`)
  const unknown = names.filter((name) => name !== everything && !units.some((unit) => unit.name === name))
  if (unknown.length) {
    throw usageError(
      'UNKNOWN_COMPONENT',
      `unknown component ${unknown.map((name) => `"${name}"`).join(', ')}; ${available}`,
      `pnpm ${verb} ${everything}`,
    )
  }
  if (names.includes(everything)) return [...units]
  const chosen = new Set(names)
  // In reverse order, so that one pass also adds the dependencies of added units.
  for (const unit of withDependencies ? [...units].reverse() : []) {
    if (chosen.has(unit.name)) for (const name of unit.dependencies) chosen.add(name)
  }
  // In order. Stopping the cluster leaves its components installed, so it does not add them.
  const isComponent = (name: string) => units.some((unit) => unit.name === name && unit.isComponent)
  for (const unit of withDependents ? units : []) {
    if (unit.dependencies.some((name) => chosen.has(name) && isComponent(name))) chosen.add(unit.name)
  }
  return units.filter(({ name }) => chosen.has(name))
}

/** Imports the unit that the package exports from src/unit.ts. */
export async function loadUnit({ name, directory }: WorkspaceUnit): Promise<Unit> {
  const file = join(directory, 'src', 'unit.ts')
  const { unit } = (await import(pathToFileURL(file).href)) as { unit?: Unit }
  if (unit?.name !== name) throw new Error(`${file} must export a unit with the name ${name}`)
  return unit
}
