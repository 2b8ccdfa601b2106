import { type Emit, PlatformError, type Settings } from '@platform/core'
import { releaseFilesOf } from './origin.ts'
import type { Pins } from './pins.ts'
import { type ProbeReleases, probeReleases, releaseHost } from './release/probe.ts'

export interface ChooseOptions {
  readonly settings: Pick<Settings, 'TOOLCHAIN_SOURCE' | 'TOOLCHAIN_RELEASE_MIRROR'>
  readonly emit: Emit
  readonly signal?: AbortSignal
  readonly probe?: ProbeReleases
}

/**
 * Decides which of the units are taken from their upstream's releases: one short probe for all of them. The others are
 * built.
 *
 * @throws PlatformError DOWNLOADS_UNREACHABLE with TOOLCHAIN_SOURCE=release
 */
export async function chooseReleases(
  missing: readonly Pins[],
  { settings, emit, signal, probe = probeReleases }: ChooseOptions,
): Promise<ReadonlySet<Pins>> {
  const { TOOLCHAIN_SOURCE: source, TOOLCHAIN_RELEASE_MIRROR: mirror } = settings
  const published = missing.filter((pin) => releaseFilesOf(pin).length > 0)
  if (source === 'build' || published.length === 0) return new Set()
  const files = published.flatMap(releaseFilesOf)
  const reachable = await probe(files, settings, signal)
  const silent = [...new Set(files.map(releaseHost))].filter((host) => !reachable.has(host))
  const from = mirror ? `TOOLCHAIN_RELEASE_MIRROR (${mirror})` : 'the releases'
  if (silent.length && source === 'release') {
    const message = `${silent.join(', ')}: no answer from ${from}, and TOOLCHAIN_SOURCE=release compiles nothing instead`
    throw new PlatformError('DOWNLOADS_UNREACHABLE', message, {
      hint: 'TOOLCHAIN_SOURCE=auto, or TOOLCHAIN_RELEASE_MIRROR=<URL of a mirror>, or pnpm toolchain:import FILE',
    })
  }
  if (silent.length) {
    const message = `${silent.join(', ')}: no answer from ${from}, so what is published there is built here`
    emit({ type: 'notice', level: 'info', message })
  }
  return new Set(published.filter((pin) => releaseFilesOf(pin).every((file) => reachable.has(releaseHost(file)))))
}
