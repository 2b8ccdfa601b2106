import { statfsSync } from 'node:fs'
import { CommandError, PlatformError } from '@platform/core'
import type { GoInstallation } from './go-installation.ts'

const FULL = /no space left on device|disk quota exceeded/i
const UNREACHABLE =
  /dial tcp|no such host|connection refused|connection reset|i\/o timeout|TLS handshake|proxyconnect|network is unreachable|unexpected EOF|: 5\d\d |context deadline exceeded|GOPROXY list is not the empty string|module lookup disabled by GOPROXY=off|certificate/
const CHECKSUM = /checksum mismatch|SECURITY ERROR/
const KILLED = /signal: killed/

/**
 * Says what a failed `go` command means for the user; what is none of these stays as it is.
 *
 * @param folder where the build writes, besides Go's own caches
 */
export function explainGoError(
  error: unknown,
  { unit, go, folder }: { readonly unit: string; readonly go: GoInstallation; readonly folder: string },
): unknown {
  if (!(error instanceof CommandError)) return error
  const said = `${error.result.stderr}\n${error.result.stdout}`
  const line = (pattern: RegExp) =>
    said
      .split('\n')
      .find((text) => pattern.test(text))
      ?.trim() ?? ''
  if (FULL.test(said)) {
    const full = tightest([folder, go.cache, go.modules])
    return new PlatformError('DISK_FULL', `no space left in ${full} to build ${unit}: ${line(FULL)}`, {
      hint: `df -h ${full} (CACHE_DIR in .env moves the toolchain's cache, GOCACHE and GOMODCACHE move Go's)`,
      cause: error,
    })
  }
  if (CHECKSUM.test(said)) {
    return new PlatformError('CHECKSUM_MISMATCH', `a module of ${unit} is not what go.sum pins: ${line(CHECKSUM)}`, {
      hint: 'go clean -modcache',
      cause: error,
    })
  }
  if (UNREACHABLE.test(said)) {
    return new PlatformError(
      'REGISTRY_UNREACHABLE',
      `the Go module proxy (GOPROXY=${go.proxy}) does not give the modules of ${unit}: ${line(UNREACHABLE)}`,
      {
        hint: 'go env GOPROXY, or pnpm toolchain:import FILE with what another machine exported',
        cause: error,
      },
    )
  }
  if (KILLED.test(said)) {
    return new PlatformError('OUT_OF_MEMORY', `the system ended a compiler of ${unit}: ${line(KILLED)}`, {
      hint: 'GOMAXPROCS=1 pnpm toolchain:build',
      cause: error,
    })
  }
  return error
}

/** The folder with the least space left; Go says which of its files it could not write, but rarely where. */
function tightest(folders: readonly string[]): string {
  const left = (folder: string) => {
    try {
      const { bavail, bsize } = statfsSync(folder)
      return bavail * bsize
    } catch {
      return Number.POSITIVE_INFINITY
    }
  }
  return folders.reduce((a, b) => (left(b) < left(a) ? b : a))
}

/** Says what a failed write of our own, or of a tar, means. */
export function explainWriteError(error: unknown, folder: string): unknown {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  const full = error instanceof CommandError && FULL.test(error.message)
  if (full || code === 'ENOSPC' || code === 'EDQUOT') {
    return new PlatformError('DISK_FULL', `no space left in ${folder}`, {
      hint: `df -h ${folder} (CACHE_DIR in .env moves it)`,
      cause: error,
    })
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new PlatformError('CACHE_NOT_WRITABLE', `cannot write to ${folder}: ${(error as Error).message}`, {
      hint: `ls -ld ${folder} (CACHE_DIR in .env moves it)`,
      cause: error,
    })
  }
  return error
}
