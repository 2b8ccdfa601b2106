import { join } from 'node:path'
import { type LockHolder, withLock } from '@platform/core'
import { buildDebianProgram } from './build-debian-program.ts'
import { buildGo } from './build-go.ts'
import { buildNodeRoot } from './build-node-root.ts'
import type { BuildOptions } from './build-options.ts'
import { type EntryState, glanceAtEntry, type Origin, removeTree, sealEntry, verifyEntry } from './entry.ts'
import type { Estimate } from './estimate.ts'
import type { GoInstallation } from './go-installation.ts'
import { installEntry } from './install-entry.ts'
import { otherOrigin, releaseFilesOf } from './origin.ts'
import type { Pins } from './pins.ts'
import { entryFolder, entryName, type Places } from './places.ts'
import { fetchRelease } from './release/fetch-release.ts'
import { makeTemporary } from './temporary.ts'

/** How a unit is had: upstream's own programs, or made here. */
export type Way = 'release' | 'build'

export interface UnitBuild extends BuildOptions {
  readonly way: Way
  readonly estimate: Estimate
  readonly go: (say: (message: string) => void) => Promise<GoInstallation>
  readonly say: (message: string) => void
}

/** How often a build says how far it is, in ms. */
const TICK = 5000

/** What is at an entry's place. One whose times differ but whose content does not is good. */
export async function inspectEntry(
  folder: string,
  { verify, signal }: Pick<BuildOptions, 'verify' | 'signal'>,
): Promise<EntryState> {
  const glance = glanceAtEntry(folder)
  if (glance.state === 'missing' || (glance.state === 'good' && !verify)) return glance
  return await verifyEntry(folder, signal)
}

/** Builds one entry, unless another builder does it meanwhile. */
export async function buildUnit(places: Places, pin: Pins, options: UnitBuild): Promise<void> {
  const { signal, say, settings } = options
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
    if ((await inspectEntry(folder, options)).state === 'good' && !otherOrigin(folder, pin, settings)) return
    const temporary = makeTemporary(places, entryName(pin))
    try {
      const { built, origin } = await produce(pin, temporary, options)
      const about = { name: pin.unit.name, key: pin.key, version: pin.version, inputs: pin.inputs, built, origin }
      await sealEntry(temporary, about, signal)
      installEntry(places, temporary, folder)
    } finally {
      removeTree(temporary)
    }
  }
  await withLock(lock, lockOptions, work).finally(() => clearInterval(waiting))
}

interface Produced {
  readonly built: Record<string, string>
  readonly origin: Origin
}

async function produce(pin: Pins, folder: string, options: UnitBuild): Promise<Produced> {
  const { unit } = pin
  const { settings, runner, signal, estimate, say, way, stallMs } = options
  let last = ''
  const speak = () => say([last, estimate.say()].filter(Boolean).join('; '))
  const progress = (share: number, message: string) => {
    last = message
    estimate.reach(pin, share)
  }
  const timer = setInterval(speak, TICK)
  try {
    if (way === 'release') {
      const mirror = settings.TOOLCHAIN_RELEASE_MIRROR
      const fetched = { files: releaseFilesOf(pin), folder, mirror, runner, progress, signal, stallMs }
      return { built: {}, origin: { source: 'release', files: await fetchRelease(fetched) } }
    }
    if (unit.kind === 'debian') {
      const packages = await buildNodeRoot({ unit, folder, settings, runner, progress, signal })
      const built = Object.fromEntries(packages.map(({ name, version }) => [name, version]))
      return { built, origin: { source: 'debian' } }
    }
    if (unit.kind === 'debian-program') {
      const built = await buildDebianProgram({ unit, folder, settings, runner, progress, signal })
      return { built, origin: { source: 'debian' } }
    }
    const go = await options.go((message) => progress(0, message))
    await buildGo({ pins: pin, unit, folder, go, runner, progress, signal })
    removeTree(join(folder, 'go-tmp'))
    return { built: { go: go.version }, origin: { source: 'compiled' } }
  } finally {
    clearInterval(timer)
  }
}
