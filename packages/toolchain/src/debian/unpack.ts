import { lstatSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type Emit, type LockHolder, type Runner, type Settings, withLock } from '@platform/core'
import { explainWriteError } from '../go-errors.ts'
import { downloadArchives, packageName, prepareApt, resolvePackages, updateLists } from './apt.ts'
import type { Suite } from './apt-config.ts'

/** What no node and no image needs. Patterns of tar's --exclude, anchored. */
const DROPPED = ['doc', 'man', 'locale', 'info', 'lintian', 'bug', 'bash-completion', 'doc-base', 'menu', 'linda'].map(
  (name) => `./usr/share/${name}`,
)

/** Since trixie these are links on every Debian; a package's files are under /usr. */
const MERGED = ['bin', 'sbin', 'lib', 'lib64']

export interface UnpackOptions {
  readonly suite: Suite
  /** Names as apt-get takes them: `name`, `name=version`. */
  readonly packages: readonly string[]
  /** False: unpack these packages alone, for a program whose dependencies are known to be among them. Default true. */
  readonly dependencies?: boolean
  /** Dependencies that are not unpacked: names, or beginnings of names with a `*` after them (`perl*`). */
  readonly leaveOut?: readonly string[]
  /** A folder, made if it is not there. Not atomic: a caller that may be interrupted unpacks aside and renames. */
  readonly into: string
  readonly settings: Settings
  readonly runner: Runner
  readonly emit?: Emit
  /** More patterns of tar's --exclude, such as `./usr/share/perl/*`. */
  readonly exclude?: readonly string[]
  readonly signal?: AbortSignal
}

export interface UnpackedPackage {
  readonly name: string
  readonly version: string
  readonly sha256: string
}

/**
 * Unpacks Debian packages with all they depend on (but not what they recommend) into a folder, without documentation,
 * manuals and locales. Nothing is installed: no script of a package runs, the machine's own apt and dpkg are not
 * touched. Lists and packages are verified against the suite's signature and kept in the cache.
 *
 * @returns what was unpacked, by name
 * @throws PlatformError NOT_DEBIAN_FAMILY, DEBIAN_MIRROR_UNKNOWN, DEBIAN_KEYRING_MISSING, DEBIAN_UNREACHABLE,
 *   DEBIAN_INVALID_SIGNATURE, DEBIAN_PACKAGE_NOT_FOUND, DEBIAN_CORRUPT, DISK_FULL
 */
export async function unpackDebian({
  suite,
  packages,
  dependencies = true,
  leaveOut = [],
  into,
  settings,
  runner,
  emit = () => {},
  exclude = [],
  signal,
}: UnpackOptions): Promise<{ packages: UnpackedPackage[] }> {
  const apt = await prepareApt(suite, { settings, runner, emit, signal })
  const progress = (message: string) => emit({ type: 'step.progress', step: `debian ${suite}`, message })
  const onWait = ({ pid, command }: LockHolder) => {
    if (pid !== process.pid) progress(`waiting for ${command} (process ${pid})`)
  }
  const lock = { command: 'fetching Debian packages', waitMs: Number.POSITIVE_INFINITY, onWait, signal }
  const { archives, files } = await withLock(join(settings.cacheDir, 'debian/lock'), lock, async () => {
    await updateLists(apt)
    const archives = (await resolvePackages(apt, packages)).filter(wanted({ packages, dependencies, leaveOut }))
    return { archives, files: await downloadArchives(apt, archives) }
  })
  mkdirSync(into, { recursive: true })
  mergeUsr(into)
  const excludes = [...DROPPED, ...exclude].map((pattern) => `--exclude=${pattern}`)
  const unpack =
    'set -o pipefail; deb=$1; shift; dpkg-deb --fsys-tarfile "$deb" | tar -x -p --keep-directory-symlink "$@"'
  for (const file of files) {
    await runner
      .run(['bash', '-c', unpack, 'bash', file, '-C', into, ...excludes], { signal })
      .catch((error: unknown) => {
        throw explainWriteError(error, into)
      })
  }
  return {
    packages: archives
      .map(({ name, version, sha256 }) => ({ name, version, sha256 }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function wanted({
  packages,
  dependencies,
  leaveOut,
}: Required<Pick<UnpackOptions, 'packages' | 'dependencies' | 'leaveOut'>>): (archive: { name: string }) => boolean {
  const named = new Set(packages.map(packageName))
  const matches = (name: string) => (pattern: string) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
  return ({ name }) => named.has(name) || (dependencies && !leaveOut.some(matches(name)))
}

function mergeUsr(root: string): void {
  for (const name of MERGED) {
    mkdirSync(join(root, 'usr', name), { recursive: true })
    if (!lstatSync(join(root, name), { throwIfNoEntry: false })) symlinkSync(`usr/${name}`, join(root, name))
  }
}
