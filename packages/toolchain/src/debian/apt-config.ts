import { join } from 'node:path'
import type { DebianMirror } from './mirror.ts'

export type Suite = 'trixie' | 'testing' | 'sid'

/** The folders of one private apt: its lists and caches by suite and mirror, the archives shared by all. */
export interface AptPlaces {
  readonly root: string
  readonly config: string
  readonly lists: string
  /** Its time is that of the last complete `apt-get update`. */
  readonly stamp: string
  readonly archives: string
  readonly noArchives: string
  readonly sources: string
  readonly status: string
}

/** @param debianDir the cache's folder for Debian; @param id names suite and mirror */
export function aptPlaces(debianDir: string, id: string): AptPlaces {
  const root = join(debianDir, id)
  return {
    root,
    config: join(root, 'apt.conf'),
    lists: join(root, 'lists'),
    stamp: join(root, 'updated'),
    archives: join(debianDir, 'archives'),
    noArchives: join(root, 'no-archives'),
    sources: join(root, 'etc/sources.list'),
    status: join(root, 'status'),
  }
}

/** The sources.list of a suite. Stable has its updates and security fixes; testing and sid get theirs by themselves. */
export function sourcesList(suite: Suite, mirror: DebianMirror): string {
  const options = `[arch=amd64 signed-by=${mirror.keyrings.join(',')}]`
  const stable = suite === 'trixie'
  const lines = [`deb ${options} ${mirror.main} ${suite} main`]
  if (stable) lines.push(`deb ${options} ${mirror.main} ${suite}-updates main`)
  if (stable && mirror.security) lines.push(`deb ${options} ${mirror.security} ${suite}-security main`)
  return `${lines.join('\n')}\n`
}

/**
 * An apt.conf that keeps apt to its private folders. It is passed as APT_CONFIG and takes the place of all of the
 * machine's configuration: hooks there (`APT::Update::Post-Invoke`) would work on the machine's own apt. What says how
 * to reach the network is taken over.
 *
 * @param dump what `apt-config dump` says on this machine
 */
export function aptConfig(places: AptPlaces, suite: Suite, dump: string): string {
  const own: [string, string][] = [
    ['APT::Architecture', 'amd64'],
    ['APT::Install-Recommends', 'false'],
    ['APT::Sandbox::User', 'root'],
    ['APT::Get::Assume-Yes', 'true'],
    ['APT::Update::Error-Mode', 'any'],
    ['Acquire::Languages', 'none'],
    ['Acquire::PDiffs', 'false'],
    ['Acquire::ForceHash', 'SHA256'],
    ['Acquire::Retries', '1'],
    ['Acquire::http::Timeout', '8'],
    ['Acquire::https::Timeout', '8'],
    ['Dir::State', places.root],
    ['Dir::State::lists', `${places.lists}/`],
    ['Dir::State::status', places.status],
    ['Dir::Cache', places.root],
    ['Dir::Cache::srcpkgcache', ''],
    ['Dir::Cache::archives', `${places.archives}/`],
    ['Dir::Etc', join(places.root, 'etc')],
    ['Dir::Etc::main', '/dev/null'],
    ['Dir::Etc::parts', '/dev/null'],
    ['Dir::Etc::sourceparts', '/dev/null'],
    ['Dir::Etc::trustedparts', '/dev/null'],
    ['Dir::Etc::netrc', '/etc/apt/auth.conf'],
    ['Dir::Etc::netrcparts', '/etc/apt/auth.conf.d'],
    ['Dir::Log', places.root],
  ]
  if (suite !== 'trixie') own.push(['Acquire::Check-Valid-Until', 'false'])
  const lines = own.map(([key, value]) => `${key} "${value}";`)
  return `${[...networkSettings(dump), ...lines, 'APT::Architectures { "amd64"; };'].join('\n')}\n`
}

const NETWORK = /^Acquire::(https?::|socks::|Force-?IPv[46]|Check-Valid-Until|Check-Date|Max-FutureTime)/i

function networkSettings(dump: string): string[] {
  return dump.split('\n').filter((line) => NETWORK.test(line) && !/::(Timeout) /.test(line) && !line.endsWith(' "";'))
}
