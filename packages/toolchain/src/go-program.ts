import { join } from 'node:path'
import { PlatformError } from '@platform/core'
import { buildToolchain } from './build.ts'
import type { BuildOptions } from './build-options.ts'
import { filesOf } from './entry.ts'
import { pinsOf, type Sources } from './pins.ts'
import { entryFolder, placesOf } from './places.ts'
import type { GoUnit } from './units.ts'

/** A program of ours with a go.mod of its own, built where it is wanted: what is pinned for the node does not have it. */
export interface GoProgram {
  /** The folder of its go.mod, from the root of the repository. */
  readonly folder: string
  /** Its package, relative to the folder: `.`, `./cmd/x`. */
  readonly program: string
}

/** A key of all that the program is made of: its files but for tests, its modules, the flags. No network, no Go. */
export function goProgramKey(program: GoProgram, sources?: Sources): string {
  return pinsOf([unitOf(program)], sources)[0]?.key ?? ''
}

/**
 * Gives the path of the built program; builds it, with the flags and the cache of the toolchain, if it is not there.
 *
 * @throws PlatformError those of `ensureToolchain`
 */
export async function ensureGoProgram(program: GoProgram, options: Omit<BuildOptions, 'units'>): Promise<string> {
  const unit = unitOf(program)
  try {
    await buildToolchain({ ...options, units: [unit] })
  } catch (error) {
    throw withoutImport(error, program)
  }
  const [pins] = pinsOf([unit])
  return join(filesOf(entryFolder(placesOf(options.settings.cacheDir), pins as NonNullable<typeof pins>)), unit.name)
}

/** What another machine exports has the node's programs, not this one: images travel as archives. */
function withoutImport(error: unknown, { folder }: GoProgram): unknown {
  if (!(error instanceof PlatformError) || !['GO_MISSING', 'GO_TOO_OLD'].includes(error.code)) return error
  const hint = (error.hint ?? '').replaceAll('pnpm toolchain:build', 'pnpm images build')
  const ways = hint.split(', or ').filter((way) => !way.includes('toolchain:import'))
  return new PlatformError(error.code, error.message.replace("the node's programs", `the program in ${folder}`), {
    hint: `${ways.join(', or ')}, or IMAGE_ARCHIVES=<what \`pnpm images build\` made elsewhere>`,
    cause: error,
  })
}

/** No dots in a unit's name: the name of its temporary folder is taken apart at them. */
function unitOf({ folder, program }: GoProgram): GoUnit {
  const words = [...folder.split('/').slice(1), ...program.split('/')]
  const name = words.map((word) => word.replaceAll('.', '')).filter(Boolean)
  return { kind: 'go', name: name.join('-'), folder, programs: { [program]: name.join('-') }, assets: true, weight: 60 }
}
