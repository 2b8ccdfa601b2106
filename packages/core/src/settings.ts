import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { parse } from 'dotenv'
import { z } from 'zod'
import type { Environment } from './environment.ts'
import { usageError } from './errors.ts'
import { defaultCacheDirectory, repositoryRoot } from './paths.ts'

const words = z.string().transform((text) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean),
)
const flag = z.enum(['0', '1', '']).transform((text) => text === '1')
const port = z.coerce.number().int().min(1).max(65535)
const subnet = (bits: string) =>
  z
    .string()
    .regex(new RegExp(`^(\\d{1,3}\\.){3}\\d{1,3}/(${bits})$`), `expected an IPv4 subnet with a prefix of ${bits}`)

/** Every setting: its name in the env file, what it must look like, its default. `.env.example` documents each. */
const schema = z.object({
  TARGET: z.enum(['embedded', 'context']).default('embedded'),
  CLUSTER_NAME: z
    .string()
    .regex(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/, 'expected lower-case letters, digits and dashes, 30 at most')
    .default('platform'),
  KUBE_CONTEXT: z.string().optional(),
  CLUSTER_UID: z.string().optional(),
  KUBECONFIG: z.string().optional(),
  VALUES: words.default(['default']),
  NODE_SUBNET: subnet('24').optional(),
  POD_SUBNET: subnet('16').default('10.244.0.0/16'),
  SERVICE_SUBNET: subnet('16').default('10.96.0.0/16'),
  LISTEN_ADDRESS: z.ipv4().default('127.0.0.1'),
  INGRESS_PORT: port.optional(),
  INGRESS_TLS_PORT: port.optional(),
  IMAGE_ARCHIVES: words.default([]),
  IMAGE_REGISTRY: z.string().optional(),
  REQUIRE_UPSTREAM: flag.default(false),
  DEBIAN_MIRROR: z.url().optional(),
  DEBIAN_KEYRING: z.string().optional(),
  CACHE_DIR: z.string().optional(),
  STATE_DIR: z.string().optional(),
})

type Raw = z.infer<typeof schema>

/** The settings of one run: WHERE it goes and what an operator may set, checked, with paths absolute. */
export interface Settings extends Readonly<Omit<Raw, 'CACHE_DIR' | 'STATE_DIR'>> {
  /** The user's cache: toolchains, images, Debian packages. */
  readonly cacheDir: string
  /** All state of all clusters of this checkout: `.cluster`. */
  readonly stateDir: string
  /** The state of the cluster CLUSTER_NAME: `.cluster/<name>`. */
  readonly clusterDir: string
  /** The env file that was read, if there was one. */
  readonly envFile: string | undefined
}

export interface SettingsSource {
  readonly env: Environment
  /** The folder in which `.env` is looked for. Default: the root of the checkout. */
  readonly root?: string
}

/**
 * Reads the settings: the process's environment over the env file (`ENV_FILE`, else `.env`) over the defaults.
 *
 * @throws PlatformError BAD_SETTINGS, exit code 2, that names every wrong setting and where it stands
 */
export function loadSettings({ env, root = repositoryRoot }: SettingsSource): Settings {
  const { file, values } = readEnvFile(env, root)
  const names = Object.keys(schema.shape)
  const problems: string[] = []
  const given: Record<string, string> = {}
  for (const name of names) {
    const value = env[name] ?? values[name]
    if (value !== undefined && value !== '') given[name] = value
  }
  const place = (name: string) => (env[name] === undefined ? (file ?? 'the defaults') : 'the environment')
  const result = schema.safeParse(given)
  if (!result.success) {
    for (const issue of result.error.issues) {
      const name = String(issue.path[0])
      problems.push(`${name}=${given[name] ?? ''} (${place(name)}): ${issue.message}`)
    }
  }
  for (const name of Object.keys(values)) {
    if (!names.includes(name)) problems.push(`${name} (${file}): no such setting`)
  }
  if (problems.length || !result.success) {
    throw usageError(
      'BAD_SETTINGS',
      `${problems.length === 1 ? 'a setting is' : `${problems.length} settings are`} wrong:\n${problems.map((p) => `  ${p}`).join('\n')}`,
      'every setting is described in .env.example',
    )
  }
  const { CACHE_DIR, STATE_DIR, ...rest } = result.data
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(root, path))
  const stateDir = absolute(STATE_DIR ?? '.cluster')
  return {
    ...rest,
    cacheDir: absolute(CACHE_DIR ?? defaultCacheDirectory(env)),
    stateDir,
    clusterDir: join(stateDir, rest.CLUSTER_NAME),
    envFile: file,
  }
}

function readEnvFile(env: Environment, root: string): { file: string | undefined; values: Record<string, string> } {
  const named = env.ENV_FILE
  const file = resolve(root, named || '.env')
  if (!existsSync(file)) {
    if (!named) return { file: undefined, values: {} }
    throw usageError('NO_ENV_FILE', `ENV_FILE=${named}: there is no file ${file}`, `cp .env.example ${file}`)
  }
  return { file, values: parse(readFileSync(file)) }
}
