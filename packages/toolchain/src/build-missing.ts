import { PlatformError, runConcurrently, step } from '@platform/core'
import type { BuildOptions } from './build-options.ts'
import { buildUnit, inspectEntry, type Way } from './build-unit.ts'
import { chooseReleases } from './choose-source.ts'
import { Estimate } from './estimate.ts'
import { ensureGo, type GoInstallation } from './go-installation.ts'
import { compareGoVersions } from './go-module.ts'
import { otherOrigin } from './origin.ts'
import type { Pins } from './pins.ts'
import { entryFolder, type Places } from './places.ts'
import { Slots } from './slots.ts'

/** Two at a time: while one is being linked, which takes one core, the other goes on compiling. */
const compilersAtOnce = 2

/** What a release weighs beside what is compiled: the network takes its time, not the processor. */
const releaseWeight = 5

/**
 * Gets what is missing or damaged. Downloads run all at once and beside the compilers, of which there are two at a time;
 * a unit that shares most of its packages with another waits for it, so that nothing is compiled twice.
 *
 * @returns the units that were built → how long each took, in ms
 */
export async function buildMissing(
  places: Places,
  pins: readonly Pins[],
  options: BuildOptions,
): Promise<ReadonlyMap<Pins, number>> {
  const { settings, emit, signal } = options
  const times = new Map<Pins, number>()
  const missing = await findMissing(places, pins, options)
  if (missing.length === 0) return times
  const releases = await chooseReleases(missing, options)
  const released = new Set([...releases].map(({ unit }) => unit.name))
  const weights = missing.map((pin) => [pin, releases.has(pin) ? releaseWeight : weightOf(pin, released)] as const)
  const estimate = new Estimate(new Map(weights))
  const compilers = new Slots(compilersAtOnce)
  const go = goForAll(places, missing, options)
  const numbers = new Map<Pins, number>()

  const run = async (pin: Pins, way: Way, ended: AbortSignal) => {
    ended.throwIfAborted()
    const started = performance.now()
    if (!numbers.has(pin)) numbers.set(pin, numbers.size + 1)
    const work = async (say: (message: string) => void) => {
      await buildUnit(places, pin, { ...options, signal: ended, way, estimate, say, go: (on) => go(ended, on) })
      estimate.reach(pin, 1)
    }
    const detail = () => `${way === 'release' ? 'release ' : ''}(${estimate.say()})`
    await step(emit, titleOf(pin), work, { n: numbers.get(pin), of: missing.length, detail })
    times.set(pin, Math.round(performance.now() - started))
  }
  const build = async (pin: Pins, before: Promise<void> | undefined, ended: AbortSignal) => {
    if (pin.unit.kind !== 'go') return await run(pin, 'build', ended)
    await before
    await compilers.run(() => run(pin, 'build', ended))
  }
  const get = async (pin: Pins, before: Promise<void> | undefined, ended: AbortSignal) => {
    if (!releases.has(pin)) return await build(pin, before, ended)
    try {
      await run(pin, 'release', ended)
    } catch (error) {
      if (settings.TOOLCHAIN_SOURCE === 'release' || !isOfRelease(error)) throw error
      const message = `${pin.unit.name} is built here instead of taken from its release: ${error.message}`
      emit({ type: 'notice', level: 'warn', message })
      estimate.change(pin, weightOf(pin, released))
      await build(pin, before, ended)
    }
  }
  const ends = new Map<string, Promise<void>>()
  const works = missing.map((pin) => (ended: AbortSignal) => {
    const after = pin.unit.kind === 'go' ? pin.unit.after : undefined
    // A release leaves no compiled packages to wait for.
    const before = after && !released.has(after) ? ends.get(after) : undefined
    const work = get(pin, before, ended)
    // Who waits for it does not fail with it: all end together.
    ends.set(
      pin.unit.name,
      work.catch(() => {}),
    )
    return work
  })
  await runConcurrently(signal, works)
  return times
}

async function findMissing(places: Places, pins: readonly Pins[], options: BuildOptions): Promise<Pins[]> {
  const missing: Pins[] = []
  for (const pin of pins) {
    const folder = entryFolder(places, pin)
    const found = await inspectEntry(folder, options)
    if (found.state !== 'good' || otherOrigin(folder, pin, options.settings)) missing.push(pin)
    if (found.state === 'damaged') {
      const message = `${folder} is damaged, ${pin.unit.name} is built again: ${found.reason}`
      options.emit({ type: 'notice', level: 'warn', message })
    }
  }
  return missing
}

function weightOf({ unit }: Pins, released: ReadonlySet<string>): number {
  return unit.kind === 'go' && unit.alone && released.has(unit.after ?? '') ? unit.alone : unit.weight
}

function titleOf({ unit, version }: Pins): string {
  return unit.kind === 'go' && !unit.module ? unit.name : `${unit.name} ${version}`
}

function isOfRelease(error: unknown): error is PlatformError {
  return error instanceof PlatformError && error.code.startsWith('DOWNLOAD_')
}

/** Looks for Go once, when the first unit is compiled. */
function goForAll(
  places: Places,
  missing: readonly Pins[],
  { runner }: BuildOptions,
): (signal: AbortSignal, say: (message: string) => void) => Promise<GoInstallation> {
  let found: Promise<GoInstallation> | undefined
  // The newest Go that any of the units asks for.
  const needed = missing
    .map(({ inputs }) => inputs['Go, at least'] ?? '0')
    .reduce((a, b) => (compareGoVersions(a, b) < 0 ? b : a))
  return (signal, say) => {
    found ??= ensureGo(needed, { places, runner, signal, say })
    return found
  }
}
