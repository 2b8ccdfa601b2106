import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type Emit, PlatformError, type Runner, type RunOptions, type RunResult, type Settings } from '@platform/core'
import { sha256File } from '../sha256-file.ts'
import { type AptPlaces, aptConfig, aptPlaces, type Suite, sourcesList } from './apt-config.ts'
import { type DebianMirror, findMirror } from './mirror.ts'

/** How long package lists are good for. */
const LISTS_MS = 60 * 60 * 1000

/** A package file that a resolution asks for. */
export interface Archive {
  readonly name: string
  readonly version: string
  readonly file: string
  /** Bytes. */
  readonly size: number
  readonly sha256: string
}

export interface Apt {
  readonly places: AptPlaces
  readonly mirror: DebianMirror
  readonly suite: Suite
  readonly runner: Runner
  readonly emit: Emit
  readonly signal: AbortSignal | undefined
}

/**
 * A private apt for a suite: its folders and configuration are written, nothing is fetched.
 *
 * @throws PlatformError NOT_DEBIAN_FAMILY, DEBIAN_MIRROR_UNKNOWN, DEBIAN_KEYRING_MISSING
 */
export async function prepareApt(
  suite: Suite,
  { settings, runner, emit, signal }: { settings: Settings; runner: Runner; emit: Emit; signal?: AbortSignal },
): Promise<Apt> {
  const dump = await aptDump(runner)
  const mirror = findMirror({ settings, ...machineSources('/etc/apt'), exists: existsSync })
  const id = `${suite}-${createHash('sha256').update(sourcesList(suite, mirror)).digest('hex').slice(0, 12)}`
  const places = aptPlaces(join(settings.cacheDir, 'debian'), id)
  for (const dir of [places.lists, places.archives, places.noArchives])
    mkdirSync(join(dir, 'partial'), { recursive: true })
  mkdirSync(join(places.root, 'etc'), { recursive: true })
  writeWhole(places.status, '')
  writeWhole(places.sources, sourcesList(suite, mirror))
  writeWhole(places.config, aptConfig(places, suite, dump))
  return { places, mirror, suite, runner, emit, signal }
}

/**
 * Another process may read the file at this moment. An apt that finds an empty configuration works on the machine's own
 * packages, and says that what is installed there need not be fetched.
 */
function writeWhole(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  const aside = `${file}.${process.pid}`
  writeFileSync(aside, text)
  renameSync(aside, file)
}

async function aptDump(runner: Runner): Promise<string> {
  const missing: string[] = []
  for (const tool of ['apt-get', 'apt-config', 'dpkg-deb', 'tar']) {
    const found = await runner.probe(['sh', '-c', 'command -v "$1"', 'sh', tool])
    if (found.exitCode !== 0) missing.push(tool)
  }
  if (missing.length) {
    throw new PlatformError(
      'NOT_DEBIAN_FAMILY',
      `${missing.join(', ')} not found: this needs Debian or a relative of it`,
      {
        hint: 'pnpm toolchain:import FILE brings in what another machine has built',
      },
    )
  }
  return (await runner.run(['apt-config', 'dump'])).stdout
}

function machineSources(dir: string): { lists: string[]; deb822: string[] } {
  const parts = join(dir, 'sources.list.d')
  const files = [join(dir, 'sources.list')]
  if (existsSync(parts))
    files.push(
      ...readdirSync(parts)
        .sort()
        .map((name) => join(parts, name)),
    )
  const read = (ending: string) =>
    files.filter((file) => file.endsWith(ending) && existsSync(file)).map((file) => readFileSync(file, 'utf8'))
  return { lists: read('.list'), deb822: read('.sources') }
}

/** Mirrors that did not answer in this process: they are not asked again. */
const unreachable = new Map<string, PlatformError>()

/**
 * Fetches the package lists, unless those of the last hour are there. With older lists and a mirror that does not
 * answer, the older ones serve: what is asked for may be in the cache.
 *
 * @throws PlatformError DEBIAN_UNREACHABLE, DEBIAN_INVALID_SIGNATURE
 */
export async function updateLists(apt: Apt): Promise<void> {
  const { places, mirror, suite, emit } = apt
  const age = existsSync(places.stamp) ? Date.now() - statSync(places.stamp).mtimeMs : Number.POSITIVE_INFINITY
  if (age >= 0 && age < LISTS_MS) return
  const failure = unreachable.get(mirror.main) ?? (await tryUpdate(apt))
  if (!failure) {
    writeFileSync(places.stamp, '')
    return
  }
  if (failure.code === 'DEBIAN_UNREACHABLE') unreachable.set(mirror.main, failure)
  if (failure.code !== 'DEBIAN_UNREACHABLE' || !existsSync(places.stamp)) throw failure
  const days = Math.floor(age / 86_400_000)
  const message = `the Debian mirror ${mirror.main} can't be reached: package lists of ${suite} from ${days} days ago are used`
  emit({ type: 'notice', level: 'warn', message })
}

async function tryUpdate(apt: Apt): Promise<PlatformError | undefined> {
  progress(apt, 'fetching package lists')
  const result = await aptGet(apt, ['update'])
  if (result.exitCode === 0) return undefined
  const said = complaints(result)
  if (/NO_PUBKEY|GPG error|not signed|invalid|EXPKEYSIG|BADSIG|not valid yet|expired/i.test(said)) {
    const hint = `DEBIAN_KEYRING=<a keyring with the keys of ${apt.suite}>; tried: ${apt.mirror.keyrings.join(', ')}`
    return new PlatformError(
      'DEBIAN_INVALID_SIGNATURE',
      `the package lists of ${apt.suite} can't be verified:\n${said}`,
      {
        hint,
      },
    )
  }
  const message = `the Debian mirror ${apt.mirror.main} did not serve ${apt.suite}:\n${said}`
  return new PlatformError('DEBIAN_UNREACHABLE', message, {
    hint: 'set DEBIAN_MIRROR=<URL of a Debian mirror> in .env',
  })
}

/** Resolutions of this process, by packages and lists: many images share some of their packages. */
const resolved = new Map<string, Archive[]>()

/**
 * The packages with all they depend on, in the order in which they can be unpacked.
 *
 * @throws PlatformError DEBIAN_PACKAGE_NOT_FOUND
 */
export async function resolvePackages(apt: Apt, packages: readonly string[]): Promise<Archive[]> {
  const key = [apt.places.root, statSync(apt.places.stamp).mtimeMs, ...packages].join(' ')
  const before = resolved.get(key)
  if (before) return before
  const result = await aptGet(apt, [
    '-o',
    `Dir::Cache::archives=${apt.places.noArchives}/`,
    '--print-uris',
    'install',
    ...packages,
  ])
  const archives = parseUris(result.stdout)
  const missing = packages.filter((wanted) => !archives.some(({ name }) => name === packageName(wanted)))
  if (result.exitCode !== 0 || missing.length) {
    const which = (result.exitCode === 0 ? missing : packages).join(', ')
    const message = `${which} is not available from Debian ${apt.suite}:\n${complaints(result)}`
    throw new PlatformError('DEBIAN_PACKAGE_NOT_FOUND', message, {
      hint: `the lists are fetched anew after: touch -d '1 day ago' ${apt.places.stamp}`,
    })
  }
  resolved.set(key, archives)
  return archives
}

/** `name` of what apt-get takes: `name`, `name=version`, `name/suite`. */
export function packageName(wanted: string): string {
  return wanted.replace(/[=/].*/, '')
}

/** Reads what `apt-get --print-uris install` prints: 'URI' file size SHA256:digest. */
export function parseUris(text: string): Archive[] {
  return text.split('\n').flatMap((line) => {
    const match = /^'[^']*' (([^_ ]+)_([^_ ]+)_[^_ ]+\.deb) (\d+) SHA256:([0-9a-f]{64})$/.exec(line.trim())
    if (!match) return []
    const [, file = '', name = '', version = '', size = '', sha256 = ''] = match
    return [{ name, version: decodeURIComponent(version), file, size: Number(size), sha256 }]
  })
}

/**
 * Fetches what is not in the cache yet and checks each file against the signed lists' digest; one that is corrupt is
 * fetched once more.
 *
 * @returns the files' absolute paths, in the order of `archives`
 * @throws PlatformError DEBIAN_UNREACHABLE, DEBIAN_CORRUPT
 */
export async function downloadArchives(apt: Apt, archives: readonly Archive[]): Promise<string[]> {
  const path = ({ file }: Archive) => join(apt.places.archives, file)
  const bad = async () => {
    const digests = await Promise.all(archives.map((archive) => sha256File(path(archive))))
    return archives.filter(({ sha256 }, i) => digests[i] !== sha256)
  }
  for (let attempt = 0; attempt < 2; attempt++) {
    const missing = await bad()
    if (!missing.length) break
    for (const archive of missing) rmSync(path(archive), { force: true })
    await fetchArchives(apt, missing)
  }
  const [still] = await bad()
  if (still) {
    throw new PlatformError(
      'DEBIAN_CORRUPT',
      `${still.file} from ${apt.mirror.main} is not what the signed lists say`,
      {
        hint: 'set DEBIAN_MIRROR=<URL of another Debian mirror> in .env',
      },
    )
  }
  const now = new Date()
  for (const archive of archives) utimesSync(path(archive), now, now)
  return archives.map(path)
}

async function fetchArchives(apt: Apt, missing: readonly Archive[]): Promise<void> {
  const before = unreachable.get(apt.mirror.main)
  if (before) throw before
  const bytes = missing.reduce((sum, { size }) => sum + size, 0)
  let n = 0
  progress(apt, `fetching ${missing.length} packages, ${(bytes / 1e6).toFixed(1)} MB`)
  const exact = missing.map(({ name, version }) => `${name}=${version}`)
  const onLine = (line: string) => {
    const name = /^Get:\d+ \S+ \S+ \S+ (\S+)/.exec(line)?.[1]
    if (name) progress(apt, `fetching ${++n} of ${missing.length}: ${name}`)
  }
  const result = await aptGet(apt, ['download', ...exact], { onLine, cwd: apt.places.archives })
  if (result.exitCode === 0) return
  const message = `packages of ${apt.suite} could not be fetched from ${apt.mirror.main}:\n${complaints(result)}`
  throw new PlatformError('DEBIAN_UNREACHABLE', message, {
    hint: `again with fresh lists: touch -d '1 day ago' ${apt.places.stamp}`,
  })
}

async function aptGet(
  apt: Apt,
  args: readonly string[],
  options: Pick<RunOptions, 'onLine' | 'cwd'> = {},
): Promise<RunResult> {
  const result = await apt.runner.probe(['apt-get', ...args], {
    env: { APT_CONFIG: apt.places.config, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    ...options,
    signal: apt.signal,
  })
  apt.signal?.throwIfAborted()
  if (/no space left on device|disk quota exceeded/i.test(result.stderr)) {
    const folder = dirname(apt.places.root)
    throw new PlatformError('DISK_FULL', `no space left in ${folder}`, {
      hint: `df -h ${folder} (CACHE_DIR in .env moves it)`,
    })
  }
  return result
}

function complaints({ stdout, stderr }: RunResult): string {
  const lines = `${stdout}\n${stderr}`.split('\n')
  const said = lines.filter(
    (line) => /^(E|W|Err):|^ .*(depends|but it is)/i.test(line) && !line.includes('Some index files'),
  )
  return [...new Set(said)].slice(0, 10).join('\n')
}

function progress({ emit, suite }: Apt, message: string): void {
  emit({ type: 'step.progress', step: `debian ${suite}`, message })
}
