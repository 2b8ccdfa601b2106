import { type Runner, usageError } from '@platform/core'
import { idOf, type Pins } from './pins.ts'

/** What an exported file says about itself: its first member. */
export interface Contents {
  readonly format: 1
  readonly id: string
  readonly units: readonly (Pick<Pins, 'key' | 'version' | 'inputs'> & { readonly name: string })[]
}

export const CONTENTS = 'toolchain.json'

export function contentsOf(pins: readonly Pins[]): Contents {
  return {
    format: 1,
    id: idOf(pins),
    units: pins.map(({ unit, key, version, inputs }) => ({ name: unit.name, key, version, inputs })),
  }
}

/** @throws PlatformError INVALID_TOOLCHAIN_ARCHIVE, exit code 2 */
export async function readContents(file: string, runner: Runner): Promise<Contents> {
  const { stdout, stderr, exitCode } = await runner.probe([
    'tar',
    '--extract',
    `--file=${file}`,
    '--to-stdout',
    '--occurrence=1',
    CONTENTS,
  ])
  if (exitCode !== 0) {
    throw usageError(
      'INVALID_TOOLCHAIN_ARCHIVE',
      `${file} is no exported toolchain: ${stderr.trim()}`,
      'pnpm toolchain:export FILE',
    )
  }
  return JSON.parse(stdout) as Contents
}

/** @throws PlatformError PINS_MISMATCH, exit code 2, that names each unit with other pins and what differs */
export function assertSamePins(file: string, { units }: Contents, pins: readonly Pins[]): void {
  const differences = pins.flatMap((pin) => {
    const theirs = units.find(({ name }) => name === pin.unit.name)
    return theirs?.key === pin.key ? [] : [`  ${pin.unit.name}: ${difference(theirs?.inputs, pin.inputs)}`]
  })
  if (differences.length === 0) return
  throw usageError(
    'PINS_MISMATCH',
    `${file} was made for other pins than this checkout's:\n${differences.join('\n')}`,
    'pnpm toolchain:export FILE, in a checkout of the same commit; or build here: pnpm toolchain:build',
  )
}

/** How two sets of inputs differ, in a line. */
function difference(
  theirs: Readonly<Record<string, string>> | undefined,
  ours: Readonly<Record<string, string>>,
): string {
  if (!theirs) return 'is not in the file'
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter((n) => ours[n] !== theirs[n])
  const told = names.slice(0, 3).map((name) => `${name} ${short(theirs[name])} there, ${short(ours[name])} here`)
  return [...told, names.length > 3 && `and ${names.length - 3} more`].filter(Boolean).join('; ')
}

function short(value: string | undefined): string {
  if (value === undefined) return 'none'
  return value.length > 60 ? `${value.slice(0, 59)}…` : value
}
