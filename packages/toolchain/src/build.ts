import { mkdirSync } from 'node:fs'
import { buildMissing } from './build-missing.ts'
import type { BuildOptions } from './build-options.ts'
import type { Origin } from './entry.ts'
import { explainWriteError } from './go-errors.ts'
import { originOf } from './origin.ts'
import { pinsOf } from './pins.ts'
import { entryFolder, placesOf } from './places.ts'
import { removeStaleTemporaries } from './temporary.ts'
import { units as allUnits } from './units.ts'
import { brokenNames, makeView, type Toolchain, toolchainOf } from './view.ts'

export interface BuiltUnit {
  readonly name: string
  readonly version: string
  readonly key: string
  /** False: it was there. */
  readonly built: boolean
  readonly ms: number
  /** Upstream's own binaries, or compiled here, or Debian's. */
  readonly origin: Origin
}

/**
 * Gives the toolchain that the repository pins, and gets what is missing or damaged: upstream's own binaries where they
 * can be had, else built here (TOOLCHAIN_SOURCE).
 *
 * @throws PlatformError GO_MISSING, GO_TOO_OLD, REGISTRY_UNREACHABLE, CHECKSUM_MISMATCH, DISK_FULL, OUT_OF_MEMORY,
 *   CACHE_NOT_WRITABLE, PINS_OUT_OF_DATE, those of `unpackDebian`, and with TOOLCHAIN_SOURCE=release DOWNLOADS_UNREACHABLE
 *   and those of `fetchRelease`
 */
export async function ensureToolchain(options: BuildOptions): Promise<Toolchain> {
  return (await buildToolchain(options)).toolchain
}

/** `ensureToolchain`, and what was built for it. */
export async function buildToolchain(options: BuildOptions): Promise<{ toolchain: Toolchain; units: BuiltUnit[] }> {
  const places = placesOf(options.settings.cacheDir)
  const pins = pinsOf(options.units ?? allUnits)
  try {
    for (const folder of [places.units, places.views, places.locks, places.temporary]) {
      mkdirSync(folder, { recursive: true })
    }
    removeStaleTemporaries(places)
    const times = await buildMissing(places, pins, options)
    if (brokenNames(places, pins).length) makeView(places, pins)
    const units = pins.map((pin) => {
      const { unit, version, key } = pin
      const origin = originOf(entryFolder(places, pin), unit)
      return { name: unit.name, version, key, built: times.has(pin), ms: times.get(pin) ?? 0, origin }
    })
    return { toolchain: toolchainOf(places, pins), units }
  } catch (error) {
    throw explainWriteError(error, places.root)
  }
}
