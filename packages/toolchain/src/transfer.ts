import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { type Emit, PlatformError, type Runner, type Settings, step, usageError, withLock } from '@platform/core'
import { installEntry } from './build.ts'
import { sha256File } from './debian/index.ts'
import { fixedTime, glanceAtEntry, removeTree, verifyEntry } from './entry.ts'
import { explainWriteError } from './go-errors.ts'
import { idOf, type Pins, pinsOf } from './pins.ts'
import { entryFolder, entryName, type Places, placesOf } from './places.ts'
import { makeTemporary, removeStaleTemporaries } from './temporary.ts'
import { units as allUnits, type Unit } from './units.ts'
import { makeView, type Toolchain, toolchainOf } from './view.ts'

export interface TransferOptions {
  readonly settings: Settings
  readonly runner: Runner
  readonly emit: Emit
  readonly signal?: AbortSignal
  /** Default: all. */
  readonly units?: readonly Unit[]
}

/** What came of an export or import. */
export interface Transfer {
  readonly toolchain: Toolchain
  /** Absolute. */
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

/** The first member of the archive. */
interface Contents {
  readonly format: 1
  readonly id: string
  readonly units: readonly (Pick<Pins, 'key' | 'version' | 'inputs'> & { readonly name: string })[]
}

const CONTENTS = 'toolchain.json'

/**
 * Writes the whole toolchain to one file: the same toolchain gives the same bytes. Every file is verified first.
 *
 * @param file its name decides the compression: gzip for `.gz` and `.tgz`, else zstd
 * @throws PlatformError TOOLCHAIN_INCOMPLETE, ZSTD_MISSING, DISK_FULL
 */
export async function exportToolchain(file: string, options: TransferOptions): Promise<Transfer> {
  const { settings, runner, emit, signal, units = allUnits } = options
  const places = placesOf(settings.cacheDir)
  const pins = pinsOf(units)
  const target = resolve(file)
  const gzip = /\.t?gz$/.test(target)
  if (!gzip) await assertZstd(runner)
  await step(emit, 'verify what is built', () => assertComplete(places, pins, signal))
  mkdirSync(dirname(target), { recursive: true })
  const temporary = makeTemporary(places, 'export')
  const partial = `${target}.partial`
  try {
    writeFileSync(join(temporary, CONTENTS), `${JSON.stringify(contentsOf(pins), null, 1)}\n`)
    const command = [
      'tar',
      '--create',
      `--file=${partial}`,
      `--use-compress-program=${gzip ? 'gzip -n' : 'zstd -T0 -q'}`,
      '--format=gnu',
      '--sort=name',
      '--numeric-owner',
      `--mtime=@${fixedTime.getTime() / 1000}`,
      '--anchored',
      '--no-wildcards-match-slash',
      '--exclude=*/stamps.json',
      `--directory=${temporary}`,
      CONTENTS,
      `--directory=${places.units}`,
      ...pins.map(entryName).sort(),
    ]
    await step(emit, `write ${basename(target)}`, () => runner.run(command, { signal }))
    renameSync(partial, target)
  } catch (error) {
    throw signal?.aborted ? signal.reason : explainTarError(error, dirname(target))
  } finally {
    rmSync(partial, { force: true })
    removeTree(temporary)
  }
  return describe(target, places, pins)
}

/**
 * Takes a file of `exportToolchain` into the cache. Everything in it is verified before any of it goes there.
 *
 * @throws PlatformError OTHER_PINS that names what differs, exit code 2; NOT_A_TOOLCHAIN, TOOLCHAIN_DAMAGED,
 *   ZSTD_MISSING, DISK_FULL
 */
export async function importToolchain(file: string, options: TransferOptions): Promise<Transfer> {
  const { settings, runner, emit, signal, units = allUnits } = options
  const places = placesOf(settings.cacheDir)
  const pins = pinsOf(units)
  const source = resolve(file)
  if (isZstd(source)) await assertZstd(runner)
  await assertSamePins(source, pins, runner)
  try {
    for (const folder of [places.units, places.views, places.locks, places.temporary]) {
      mkdirSync(folder, { recursive: true })
    }
    removeStaleTemporaries(places)
    const temporary = makeTemporary(places, 'import')
    try {
      const unpack = ['tar', '--extract', `--file=${source}`, `--directory=${temporary}`, '--numeric-owner', '-p']
      await step(emit, `unpack ${basename(source)}`, () => runner.run(unpack, { signal }))
      await step(emit, 'verify what is in it', () => assertWhole(temporary, pins, signal))
      for (const pin of pins) await install(places, pin, join(temporary, entryName(pin)), signal)
    } finally {
      removeTree(temporary)
    }
    makeView(places, pins)
  } catch (error) {
    throw signal?.aborted ? signal.reason : explainTarError(error, places.root)
  }
  return describe(source, places, pins)
}

function contentsOf(pins: readonly Pins[]): Contents {
  return {
    format: 1,
    id: idOf(pins),
    units: pins.map(({ unit, key, version, inputs }) => ({ name: unit.name, key, version, inputs })),
  }
}

async function describe(file: string, places: Places, pins: readonly Pins[]): Promise<Transfer> {
  const toolchain = toolchainOf(places, pins)
  return { toolchain, file, bytes: statSync(file).size, sha256: (await sha256File(file)) ?? '' }
}

async function assertComplete(places: Places, pins: readonly Pins[], signal: AbortSignal | undefined): Promise<void> {
  const bad: string[] = []
  for (const pin of pins) {
    const found = await verifyEntry(entryFolder(places, pin), signal)
    if (found.state !== 'good') bad.push(`${pin.unit.name} is ${found.state}`)
  }
  if (bad.length === 0) return
  throw new PlatformError('TOOLCHAIN_INCOMPLETE', `there is no whole toolchain to export: ${bad.join(', ')}`, {
    hint: 'pnpm toolchain:build --verify',
  })
}

/** The archive's own folder list is held to the pins: nothing else gets into the cache. */
async function assertWhole(folder: string, pins: readonly Pins[], signal: AbortSignal | undefined): Promise<void> {
  const bad: string[] = []
  const expected = new Set([CONTENTS, ...pins.map(entryName)])
  for (const name of readdirSync(folder)) if (!expected.has(name)) bad.push(`${name} does not belong there`)
  for (const pin of pins) {
    const found = await verifyEntry(join(folder, entryName(pin)), signal)
    if (found.state === 'missing') bad.push(`${pin.unit.name} is missing`)
    else if (found.state === 'damaged') bad.push(`${pin.unit.name}: ${found.reason}`)
  }
  if (bad.length === 0) return
  throw new PlatformError('TOOLCHAIN_DAMAGED', `the file was changed since it was exported: ${bad.join('; ')}`, {
    hint: 'compare its sha256 with what the export printed, and copy it again',
  })
}

async function install(places: Places, pin: Pins, from: string, signal: AbortSignal | undefined): Promise<void> {
  const folder = entryFolder(places, pin)
  const lock = join(places.locks, `${entryName(pin)}.lock`)
  await withLock(lock, { command: 'pnpm toolchain:import', waitMs: Number.POSITIVE_INFINITY, signal }, async () => {
    if (glanceAtEntry(folder).state !== 'good') installEntry(places, from, folder)
  })
}

async function assertSamePins(file: string, pins: readonly Pins[], runner: Runner): Promise<void> {
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
      'NOT_A_TOOLCHAIN',
      `${file} is no exported toolchain: ${stderr.trim()}`,
      'pnpm toolchain:export FILE',
    )
  }
  const { units } = JSON.parse(stdout) as Contents
  const differences = pins.flatMap((pin) => {
    const theirs = units.find(({ name }) => name === pin.unit.name)
    return theirs?.key === pin.key ? [] : [`  ${pin.unit.name}: ${difference(theirs?.inputs, pin.inputs)}`]
  })
  if (differences.length === 0) return
  throw usageError(
    'OTHER_PINS',
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

function isZstd(file: string): boolean {
  const start = new Uint8Array(4)
  let handle: number
  try {
    handle = openSync(file, 'r')
  } catch (error) {
    throw usageError('NO_SUCH_FILE', `cannot read ${file}: ${(error as Error).message}`)
  }
  readSync(handle, start)
  closeSync(handle)
  return start.join() === '40,181,47,253'
}

async function assertZstd(runner: Runner): Promise<void> {
  if ((await runner.probe(['zstd', '--version'])).exitCode === 0) return
  throw new PlatformError('ZSTD_MISSING', 'there is no zstd on PATH', {
    hint: 'pnpm toolchain:export toolchain.tar.gz (gzip is everywhere)',
  })
}

function explainTarError(error: unknown, folder: string): unknown {
  if (error instanceof Error && /No space left on device/.test(error.message)) {
    return explainWriteError(Object.assign(new Error(error.message), { code: 'ENOSPC' }), folder)
  }
  return explainWriteError(error, folder)
}
