import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type Emit, type LockHolder, type Runner, type Settings, step, withLock } from '@platform/core'
import { buildGo } from './build-go.ts'
import { buildNodeRoot } from './build-node-root.ts'
import { type EntryState, glanceAtEntry, removeTree, sealEntry, verifyEntry } from './entry.ts'
import { Estimate } from './estimate.ts'
import { explainWriteError } from './go-errors.ts'
import { findGo, type GoInstallation } from './go-installation.ts'
import { compareGoVersions } from './go-module.ts'
import { type Pins, pinsOf } from './pins.ts'
import { entryFolder, entryName, type Places, placesOf } from './places.ts'
import { makeTemporary, removeStaleTemporaries } from './temporary.ts'
import { units as allUnits, type Unit } from './units.ts'
import { brokenNames, makeView, type Toolchain, toolchainOf } from './view.ts'

export interface BuildOptions {
  readonly settings: Settings
  readonly runner: Runner
  readonly emit: Emit
  /** Ends what was started and leaves no half of anything; the next call goes on from there. */
  readonly signal?: AbortSignal
  /** Read every file of what is there and compare it with what was built: seconds. Else sizes and times are compared. */
  readonly verify?: boolean
  /** Default: all. */
  readonly units?: readonly Unit[]
}

export interface BuiltUnit {
  readonly name: string
  readonly version: string
  readonly key: string
  /** False: it was there. */
  readonly built: boolean
  readonly ms: number
}

/** How often a build says how far it is, in ms. */
const TICK = 5000

/**
 * Gives the toolchain that the repository pins, building what is missing or damaged.
 *
 * @throws PlatformError GO_MISSING, GO_TOO_OLD, REGISTRY_UNREACHABLE, CHECKSUM_MISMATCH, DISK_FULL, OUT_OF_MEMORY,
 *   CACHE_NOT_WRITABLE, PINS_OUT_OF_DATE, and those of `unpackDebian`
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
    const built = await buildMissing(places, pins, options)
    if (brokenNames(places, pins).length) makeView(places, pins)
    return { toolchain: toolchainOf(places, pins), units: built }
  } catch (error) {
    throw explainWriteError(error, places.root)
  }
}

async function buildMissing(places: Places, pins: readonly Pins[], options: BuildOptions): Promise<BuiltUnit[]> {
  const missing: Pins[] = []
  for (const pin of pins) {
    const found = await inspect(entryFolder(places, pin), options)
    if (found.state !== 'good') missing.push(pin)
    if (found.state === 'damaged') {
      options.emit({
        type: 'notice',
        level: 'warn',
        message: `${entryFolder(places, pin)} is damaged, ${pin.unit.name} is built again: ${found.reason}`,
      })
    }
  }
  const go = missing.some(({ unit }) => unit.kind === 'go')
    ? await findGo(options.runner, neededGo(missing))
    : undefined
  const estimate = new Estimate(missing)
  const times = new Map<Pins, number>()
  for (const [index, pin] of missing.entries()) {
    options.signal?.throwIfAborted()
    const started = performance.now()
    const { unit, version } = pin
    const title = unit.kind === 'go' && !unit.module ? unit.name : `${unit.name} ${version}`
    await step(
      options.emit,
      title,
      async (say) => {
        await buildUnit(places, pin, { ...options, go, estimate, say })
        estimate.finish(pin)
      },
      { n: index + 1, of: missing.length, detail: () => `(${estimate.say(pin, 0)})` },
    )
    times.set(pin, Math.round(performance.now() - started))
  }
  return pins.map((pin) => {
    const { unit, version, key } = pin
    return { name: unit.name, version, key, built: times.has(pin), ms: times.get(pin) ?? 0 }
  })
}

/** What is at an entry's place. One whose times differ but whose content does not is good. */
async function inspect(
  folder: string,
  { verify, signal }: Pick<BuildOptions, 'verify' | 'signal'>,
): Promise<EntryState> {
  const glance = glanceAtEntry(folder)
  if (glance.state === 'missing' || (glance.state === 'good' && !verify)) return glance
  return await verifyEntry(folder, signal)
}

interface UnitBuild extends BuildOptions {
  readonly go: GoInstallation | undefined
  readonly estimate: Estimate
  readonly say: (message: string) => void
}

/** Builds one entry, unless another builder does it meanwhile. */
async function buildUnit(places: Places, pin: Pins, options: UnitBuild): Promise<void> {
  const { signal, say } = options
  const folder = entryFolder(places, pin)
  const lock = join(places.locks, `${entryName(pin)}.lock`)
  let waiting: NodeJS.Timeout | undefined
  const onWait = ({ pid, command, since }: LockHolder) => {
    const speak = () => say(`waiting for process ${pid} (${command}), which has been building it since ${since}`)
    speak()
    waiting = setInterval(speak, TICK)
  }
  const lockOptions = { command: 'pnpm toolchain:build', waitMs: Number.POSITIVE_INFINITY, onWait, signal }
  const work = async () => {
    clearInterval(waiting)
    if ((await inspect(folder, options)).state === 'good') return
    const temporary = makeTemporary(places, entryName(pin))
    try {
      const built = await produce(pin, temporary, options)
      const about = { name: pin.unit.name, key: pin.key, version: pin.version, inputs: pin.inputs, built }
      await sealEntry(temporary, about, signal)
      installEntry(places, temporary, folder)
    } finally {
      removeTree(temporary)
    }
  }
  await withLock(lock, lockOptions, work).finally(() => clearInterval(waiting))
}

/** Moves a sealed folder to its place; a damaged one that is there goes. */
export function installEntry(places: Places, sealed: string, folder: string): void {
  const aside = makeTemporary(places, 'damaged')
  try {
    renameSync(folder, join(aside, 'entry'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  renameSync(sealed, folder)
  removeTree(aside)
}

async function produce(pin: Pins, folder: string, options: UnitBuild): Promise<Record<string, string>> {
  const { unit } = pin
  const { settings, runner, signal, go, estimate, say } = options
  let last = { share: 0, message: '' }
  const speak = () => say([last.message, estimate.say(pin, last.share)].filter(Boolean).join('; '))
  const progress = (share: number, message: string) => {
    last = { share, message }
  }
  const timer = setInterval(speak, TICK)
  try {
    if (unit.kind === 'debian') {
      const packages = await buildNodeRoot({ unit, folder, settings, runner, progress, signal })
      return Object.fromEntries(packages.map(({ name, version }) => [name, version]))
    }
    if (!go) throw new Error('a Go unit without Go')
    await buildGo({ pins: pin, unit, folder, go, runner, progress, signal })
    removeTree(join(folder, 'go-tmp'))
    return { go: go.version }
  } finally {
    clearInterval(timer)
  }
}

/** The newest Go that any of the units asks for. */
function neededGo(pins: readonly Pins[]): string {
  return pins.map(({ inputs }) => inputs['Go, at least'] ?? '0').reduce((a, b) => (compareGoVersions(a, b) < 0 ? b : a))
}
