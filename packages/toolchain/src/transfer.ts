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
import { fixedTime, glanceAtEntry, removeTree, verifyEntry } from './entry.ts'
import { explainWriteError } from './go-errors.ts'
import { installEntry } from './install-entry.ts'
import { type Pins, pinsOf } from './pins.ts'
import { entryFolder, entryName, type Places, placesOf } from './places.ts'
import { sha256File } from './sha256-file.ts'
import { makeTemporary, removeStaleTemporaries } from './temporary.ts'
import { assertSamePins, CONTENTS, contentsOf, readContents } from './transfer-contents.ts'
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
    throw signal?.aborted ? signal.reason : explainWriteError(error, dirname(target))
  } finally {
    rmSync(partial, { force: true })
    removeTree(temporary)
  }
  return describe(target, places, pins)
}

/**
 * Takes a file of `exportToolchain` into the cache. Everything in it is verified before any of it goes there.
 *
 * @throws PlatformError PINS_MISMATCH that names what differs, exit code 2; INVALID_TOOLCHAIN_ARCHIVE, TOOLCHAIN_CORRUPT,
 *   ZSTD_MISSING, DISK_FULL
 */
export async function importToolchain(file: string, options: TransferOptions): Promise<Transfer> {
  const { settings, runner, emit, signal, units = allUnits } = options
  const places = placesOf(settings.cacheDir)
  const pins = pinsOf(units)
  const source = resolve(file)
  if (isZstd(source)) await assertZstd(runner)
  assertSamePins(source, await readContents(source, runner), pins)
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
    throw signal?.aborted ? signal.reason : explainWriteError(error, places.root)
  }
  return describe(source, places, pins)
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
  throw new PlatformError('TOOLCHAIN_CORRUPT', `the file was changed since it was exported: ${bad.join('; ')}`, {
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

function isZstd(file: string): boolean {
  const start = new Uint8Array(4)
  let handle: number
  try {
    handle = openSync(file, 'r')
  } catch (error) {
    throw usageError('FILE_NOT_FOUND', `cannot read ${file}: ${(error as Error).message}`)
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
