import { join } from 'node:path'
import type { Pins } from './pins.ts'

/** Where the toolchain's parts lie in the user's cache. */
export interface Places {
  readonly root: string
  /** Entries: one immutable folder for each unit and key. */
  readonly units: string
  /** Views: one folder for each toolchain, with all programs by their usual names. */
  readonly views: string
  readonly locks: string
  /** What is being built. On the same file system as `units`, so that a rename makes it an entry. */
  readonly temporary: string
}

/** @param cacheDir the setting of that name, absolute */
export function placesOf(cacheDir: string): Places {
  const root = join(cacheDir, 'toolchain')
  return {
    root,
    units: join(root, 'units'),
    views: join(root, 'views'),
    locks: join(root, 'locks'),
    temporary: join(root, 'tmp'),
  }
}

/** The name of a unit's entry, of its lock and of its temporary folders. */
export function entryName({ unit, key }: Pins): string {
  return `${unit.name}-${key}`
}

/** The folder of a unit's entry, whether it is there or not. */
export function entryFolder(places: Places, pins: Pins): string {
  return join(places.units, entryName(pins))
}
