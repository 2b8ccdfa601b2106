import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isIPv4 } from 'node:net'
import { isAbsolute, join, resolve } from 'node:path'
import type { Environment } from './environment.ts'
import { usageError } from './errors.ts'
import { discoverSettings, settingProblem } from './package-settings.ts'
import { defaultCacheDirectory, repositoryRoot } from './paths.ts'
import { withoutCredentials } from './without-credentials.ts'

/** Parses the text of a setting; throws an Error that states what was expected. */
type Read<T> = (text: string) => T

const text: Read<string> = (value) => value

const list: Read<readonly string[]> = (value) =>
  value
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean)

const flag: Read<boolean> = (value) => {
  if (value !== '0' && value !== '1') throw new Error('expected 0 or 1')
  return value === '1'
}

const port: Read<number> = (value) => {
  const number = /^\d{1,5}$/.test(value) ? Number(value) : 0
  if (number < 1 || number > 65535) throw new Error('expected a port, 1 to 65535')
  return number
}

const oneOf =
  <const T extends string>(...choices: readonly T[]): Read<T> =>
  (value) => {
    const choice = choices.find((each) => each === value)
    if (choice === undefined) throw new Error(`expected ${choices.join(' or ')}`)
    return choice
  }

const matching =
  (pattern: RegExp, expected: string): Read<string> =>
  (value) => {
    if (!pattern.test(value)) throw new Error(`expected ${expected}`)
    return value
  }

const ipv4: Read<string> = (value) => {
  if (!isIPv4(value)) throw new Error('expected an IPv4 address')
  return value
}

const mirror: Read<string> = (value) => {
  // Without this pattern `me:secret@host/debian` would be a URL with the scheme `me`.
  if (!URL.canParse(value) || !/^([a-z][a-z0-9+.-]*:\/\/|(file|copy):)/i.test(value)) throw new Error('expected a URL')
  const { username, password } = new URL(value)
  if (username || password) {
    // It would be in the arguments of commands, which every user of the machine can read.
    throw new Error(
      'expected a URL without user and password: apt reads them from /etc/apt/auth.conf.d (man apt_auth.conf)',
    )
  }
  return value
}

const baseAddress: Read<string> = (value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error('expected a URL that begins with https:// or http://')
  // It is shown in messages and recorded with each download.
  if (url.username || url.password) throw new Error('expected a URL without user and password')
  return value
}

const registry: Read<string> = (value) => {
  // It is part of commands' arguments, of every pod's spec and of Helm's stored release.
  if (value.includes('@'))
    throw new Error('expected a registry without user and password: configure those in the container runtime')
  return value
}

const subnet =
  (bits: number): Read<string> =>
  (value) => {
    const [address, prefix] = value.split('/')
    if (!isIPv4(address ?? '') || prefix !== String(bits)) throw new Error(`expected an IPv4 subnet with a /${bits}`)
    const network = address?.split('.').map((byte, n) => (n < bits / 8 ? byte : '0'))
    if (network?.join('.') !== address) throw new Error(`expected the network's address: ${network?.join('.')}/${bits}`)
    return value
  }

const clusterName = matching(
  /^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/,
  'lower-case letters, digits and dashes, a letter first, 30 at most',
)

/**
 * Parsers of all settings by name. `.env.example` documents each. Not zod: this runs in every call, and zod takes a
 * quarter of a second to load.
 */
const readers = {
  TARGET: oneOf('embedded', 'context'),
  CLUSTER_NAME: clusterName,
  KUBE_CONTEXT: text,
  CLUSTER_UID: text,
  KUBECONFIG: text,
  VALUES: list,
  NODE_SUBNET: subnet(24),
  POD_SUBNET: subnet(16),
  SERVICE_SUBNET: subnet(16),
  LISTEN_ADDRESS: ipv4,
  INGRESS_PORT: port,
  INGRESS_TLS_PORT: port,
  IMAGE_ARCHIVES: list,
  IMAGE_REGISTRY: registry,
  REQUIRE_UPSTREAM: flag,
  TOOLCHAIN_SOURCE: oneOf('auto', 'release', 'build'),
  TOOLCHAIN_RELEASE_MIRROR: baseAddress,
  DEBIAN_MIRROR: mirror,
  DEBIAN_KEYRING: text,
  CACHE_DIR: text,
  STATE_DIR: text,
} satisfies Record<string, Read<unknown>>

type Name = keyof typeof readers
type Value<N extends Name> = ReturnType<(typeof readers)[N]>

const defaults = {
  TARGET: 'embedded' as Value<'TARGET'>,
  CLUSTER_NAME: 'platform',
  VALUES: ['default'] as readonly string[],
  POD_SUBNET: '10.244.0.0/16',
  SERVICE_SUBNET: '10.96.0.0/16',
  LISTEN_ADDRESS: '127.0.0.1',
  IMAGE_ARCHIVES: [] as readonly string[],
  REQUIRE_UPSTREAM: false,
  TOOLCHAIN_SOURCE: 'auto' as Value<'TOOLCHAIN_SOURCE'>,
}

type Raw = typeof defaults & { [N in Exclude<Name, keyof typeof defaults>]?: Value<N> }

/** The names of all settings, including those of packages. */
export function allSettingNames(workspace = repositoryRoot): string[] {
  const own = Object.keys(readers)
  return [...own, ...discoverSettings(workspace, own).map(({ name }) => name)]
}

/** The validated settings of one run: the target and what an operator can set. Paths are absolute. */
export interface Settings extends Readonly<Omit<Raw, 'CACHE_DIR' | 'STATE_DIR'>> {
  /** The user's cache folder: toolchains, images, Debian packages. */
  readonly cacheDir: string
  /** All state of all clusters of this checkout: `.cluster`. */
  readonly stateDir: string
  /** The state of the cluster CLUSTER_NAME: `.cluster/<name>`. */
  readonly clusterDir: string
  /** The env file, if there is one. */
  readonly envFile: string | undefined
  /** Settings of packages (package.json `platform.settings`) by name, with defaults. Includes secrets. */
  readonly components: Readonly<Record<string, string | undefined>>
}

export interface SettingsSource {
  readonly env: Environment
  /** The folder of `.env`. Default: the root of the checkout. */
  readonly root?: string
  /** The checkout whose packages declare settings. */
  readonly workspace?: string
}

/**
 * Loads the settings. The environment overrides the env file (`ENV_FILE`, else `.env`), which overrides the defaults.
 *
 * @throws PlatformError INVALID_SETTINGS, exit code 2, with every wrong setting and its source
 */
export function loadSettings({ env, root = repositoryRoot, workspace = repositoryRoot }: SettingsSource): Settings {
  const { file, values } = readEnvFile(env, root)
  const problems: string[] = []
  const read: Record<string, unknown> = { ...defaults }
  for (const [name, reader] of Object.entries(readers)) {
    const value = env[name] ?? values[name]
    if (value === undefined || value === '') continue
    try {
      read[name] = reader(value)
    } catch (error) {
      const place = env[name] === undefined ? file : 'the environment'
      const hosts = reader === mirror || reader === registry || reader === baseAddress
      const shown = hosts ? withoutCredentials(value).replace(/^.*@/, '') : value
      problems.push(`${name}=${shown} (${place}): ${(error as Error).message}`)
    }
  }
  const ofPackages = discoverSettings(workspace, Object.keys(readers))
  const components: Record<string, string | undefined> = {}
  for (const setting of ofPackages) {
    const { name, type, default: preset } = setting
    const value = env[name] || values[name] || undefined
    components[name] = value ?? preset
    const problem = value === undefined ? undefined : settingProblem(setting, value)
    const shown = type === 'secret' || value === undefined ? name : `${name}=${withoutCredentials(value)}`
    if (problem) problems.push(`${shown} (${env[name] ? 'the environment' : file}): ${problem}`)
  }
  for (const name of Object.keys(values)) {
    if (!(name in readers) && !(name in components)) problems.push(`${name} (${file}): no such setting`)
  }
  if (problems.length) {
    throw usageError(
      'INVALID_SETTINGS',
      `${problems.length === 1 ? 'a setting is' : `${problems.length} settings are`} wrong:\n${problems.map((p) => `  ${p}`).join('\n')}`,
      '.env.example describes every setting',
    )
  }
  const { CACHE_DIR, STATE_DIR, ...rest } = read as unknown as Raw
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(root, path))
  const stateDir = absolute(STATE_DIR ?? '.cluster')
  return {
    ...rest,
    cacheDir: absolute(CACHE_DIR ?? defaultCacheDirectory(env)),
    stateDir,
    clusterDir: join(stateDir, rest.CLUSTER_NAME),
    envFile: file,
    components,
  }
}

function readEnvFile(env: Environment, root: string): { file: string | undefined; values: Record<string, string> } {
  const named = env.ENV_FILE
  const file = resolve(root, named || '.env')
  if (!existsSync(file)) {
    if (!named) return { file: undefined, values: {} }
    throw usageError('ENV_FILE_NOT_FOUND', `ENV_FILE=${named}: file ${file} not found`, `cp .env.example ${file}`)
  }
  // Loaded only if there is a file, because this runs in every call.
  const { parse } = createRequire(import.meta.url)('dotenv') as typeof import('dotenv')
  return { file, values: parse(readFileSync(file)) }
}
