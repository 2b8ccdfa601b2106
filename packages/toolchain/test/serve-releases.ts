/**
 * Serves the toolchain that is built on this machine as if it were the upstreams' releases, on loopback: for measuring an
 * `up` from official binaries where no upstream can be reached. Prints the line to set; ends with Ctrl-C.
 *
 *     node --import tsx packages/toolchain/test/serve-releases.ts
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings, PlatformError, runMain } from '@platform/core'
import { releaseFilesOf } from '../src/origin.ts'
import { pinsOf } from '../src/pins.ts'
import { toolchainState } from '../src/state.ts'
import { units } from '../src/units.ts'
import { layOutRelease, serveReleases } from './release-server.ts'

await runMain(async ({ env, signal, print }) => {
  const { ready, missing } = await toolchainState(loadSettings({ env }))
  if (!ready) {
    throw new PlatformError('TOOLCHAIN_INCOMPLETE', `the toolchain lacks ${missing.join(', ')}`, {
      hint: 'pnpm toolchain:build',
    })
  }
  const folder = mkdtempSync(join(tmpdir(), 'releases-'))
  try {
    for (const file of pinsOf(units).flatMap(releaseFilesOf)) {
      layOutRelease(folder, file, (program) => join(ready.bin, program))
    }
    const server = await serveReleases(folder)
    print(`TOOLCHAIN_RELEASE_MIRROR=${server.mirror}`)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    await server.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return 0
})
