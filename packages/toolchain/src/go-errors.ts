import { CommandError, PlatformError } from '@platform/core'
import type { GoInstallation } from './go-installation.ts'

const FULL = /no space left on device|disk quota exceeded/
const UNREACHABLE =
  /dial tcp|no such host|connection refused|connection reset|i\/o timeout|TLS handshake|proxyconnect|network is unreachable|unexpected EOF|: 5\d\d |context deadline exceeded|GOPROXY list is not the empty string|module lookup disabled by GOPROXY=off|certificate/
const CHECKSUM = /checksum mismatch|SECURITY ERROR/
const KILLED = /signal: killed/

/** Says what a failed `go` command means for the user; what is none of these stays as it is. */
export function explainGoError(error: unknown, unit: string, go: Pick<GoInstallation, 'proxy' | 'cache'>): unknown {
  if (!(error instanceof CommandError)) return error
  const said = `${error.result.stderr}\n${error.result.stdout}`
  const line = (pattern: RegExp) =>
    said
      .split('\n')
      .find((text) => pattern.test(text))
      ?.trim() ?? ''
  if (FULL.test(said)) {
    const file = /(\/[^\s:]+): (?:no space left|disk quota)/.exec(said)?.[1]
    return new PlatformError('DISK_FULL', `no space left for ${unit}: ${line(FULL)}`, {
      hint: `df -h ${file ?? go.cache} (the toolchain's cache is moved by CACHE_DIR in .env, Go's by GOCACHE and GOMODCACHE)`,
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

/** Says what a failed write of our own means. */
export function explainWriteError(error: unknown, folder: string): unknown {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') {
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
