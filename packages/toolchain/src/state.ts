import type { Settings } from '@platform/core'
import { glanceAtEntry } from './entry.ts'
import { otherOrigin, type WithSource } from './origin.ts'
import { type Pins, pinsOf } from './pins.ts'
import { entryFolder, placesOf } from './places.ts'
import { units as allUnits, type Unit } from './units.ts'
import { brokenNames, type Toolchain, toolchainOf } from './view.ts'

export interface ToolchainState {
  /** The toolchain, if all of it is there. */
  readonly ready: Toolchain | undefined
  /** The names of the units that are missing, damaged, or of another origin than TOOLCHAIN_SOURCE asks for; `bin` when only the folder of all programs is. */
  readonly missing: string[]
}

/** What of the toolchain is there. Looks at names, sizes and times only: milliseconds, no network, no Go. */
export async function toolchainState(
  settings: Pick<Settings, 'cacheDir'> & WithSource,
  units: readonly Unit[] = allUnits,
): Promise<ToolchainState> {
  const places = placesOf(settings.cacheDir)
  const pins = pinsOf(units)
  const lacks = (pin: Pins) => {
    const folder = entryFolder(places, pin)
    return glanceAtEntry(folder).state !== 'good' || otherOrigin(folder, pin, settings)
  }
  const missing = pins.filter(lacks).map(({ unit }) => unit.name)
  if (missing.length === 0 && brokenNames(places, pins).length) missing.push('bin')
  return { ready: missing.length ? undefined : toolchainOf(places, pins), missing }
}

/** Where the toolchain that the repository pins is, or will be once it is built. */
export function toolchainLocation(settings: Pick<Settings, 'cacheDir'>, units: readonly Unit[] = allUnits): Toolchain {
  return toolchainOf(placesOf(settings.cacheDir), pinsOf(units))
}
