import type { Settings } from '@platform/core'
import { originOf } from './origin.ts'
import { pinsOf } from './pins.ts'
import { entryFolder, placesOf } from './places.ts'
import type { ReleaseOrigin } from './release/upstream.ts'
import { units as allUnits, type Unit } from './units.ts'
import { programNames } from './view.ts'

/** One program of the toolchain, and where it comes from. */
export interface ProgramOrigin {
  readonly program: string
  readonly unit: string
  readonly version: string
  /** `release`: upstream's own. `compiled`: here, from pinned modules. `debian`: of a Debian package. */
  readonly source: 'release' | 'compiled' | 'debian'
  /** What a release was compared with: a digest of this repository, or the one that its upstream publishes. */
  readonly verified?: ReleaseOrigin['verified']
  readonly url?: string
}

/** Says of each program in a built toolchain where it comes from. Reads the records only. */
export function describeToolchain(
  settings: Pick<Settings, 'cacheDir'>,
  units: readonly Unit[] = allUnits,
): ProgramOrigin[] {
  const places = placesOf(settings.cacheDir)
  return pinsOf(units).flatMap((pin) => {
    const { unit, version } = pin
    const names = programNames(unit)
    if (names.length === 0) return []
    const origin = originOf(entryFolder(places, pin), unit)
    const files = origin.source === 'release' ? origin.files : []
    return names.map((program) => {
      const { url, verified } = files.find((file) => file.url.endsWith(`/${program}`)) ?? files[0] ?? {}
      return { program, unit: unit.name, version, source: origin.source, verified, url }
    })
  })
}

/** `16 programs are upstream's releases, 1 is compiled here`. */
export function summarizeOrigins(programs: readonly ProgramOrigin[]): string {
  const count = (source: ProgramOrigin['source']) => programs.filter((each) => each.source === source).length
  const parts = [
    [count('release'), "upstream's releases"],
    [count('compiled'), 'compiled'],
    [count('debian'), 'from Debian'],
  ] as const
  return `programs: ${parts.flatMap(([n, what]) => (n ? [`${n} ${what}`] : [])).join(', ')}`
}
