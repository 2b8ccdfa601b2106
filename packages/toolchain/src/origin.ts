import type { Settings } from '@platform/core'
import { type Origin, readManifest } from './entry.ts'
import type { Pins } from './pins.ts'
import type { ReleaseFile } from './release/upstream.ts'
import type { Unit } from './units.ts'

/** The setting TOOLCHAIN_SOURCE; where it is not known, whatever is there will do. */
export type WithSource = Partial<Pick<Settings, 'TOOLCHAIN_SOURCE'>>

/** The files of a unit that its upstream publishes; none for what is ours. */
export function releaseFilesOf({ unit, version }: Pins): readonly ReleaseFile[] {
  return unit.kind === 'debian' ? [] : (unit.release?.(version) ?? [])
}

/** Where the programs of an entry come from. */
export function originOf(folder: string, unit: Unit): Origin {
  return readManifest(folder).origin ?? { source: unit.kind === 'go' ? 'compiled' : 'debian' }
}

/**
 * Whether a whole entry is of another origin than TOOLCHAIN_SOURCE asks for; it is made anew then. Reads no file unless
 * the setting asks for one of the two.
 */
export function otherOrigin(folder: string, pin: Pins, { TOOLCHAIN_SOURCE: source = 'auto' }: WithSource): boolean {
  if (source === 'auto' || releaseFilesOf(pin).length === 0) return false
  return (originOf(folder, pin.unit).source === 'release') !== (source === 'release')
}
