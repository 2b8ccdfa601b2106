import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PackageFolder, packageFolders } from './package-folders.ts'

/** How the value of a package's setting is validated. */
export type PackageSettingType = 'text' | 'secret' | 'host' | 'flag' | 'url'

/** A setting that a package declares in package.json, `platform.settings`. */
export interface PackageSetting {
  readonly name: string
  readonly type: PackageSettingType
  readonly default?: string
  /** The folder's name under packages/. */
  readonly package: string
}

/** The problem of a text of each type, as `expected …`, or undefined. No message repeats the text: it may be a secret. */
const problemOf: Readonly<Record<PackageSettingType, (text: string) => string | undefined>> = {
  text: () => undefined,
  // A control character in a password would be noticed only when a login fails.
  secret: (text) => ([...text].some((char) => char < ' ') ? 'expected a text without control characters' : undefined),
  host: (text) =>
    text.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)
      ? undefined
      : 'expected a host name, in lower case and without a port',
  flag: (text) => (text === '0' || text === '1' ? undefined : 'expected 0 or 1'),
  url: (text) => {
    if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return 'expected a URL that begins with http:// or https://'
    const { username, password } = new URL(text)
    // URLs are shown, also in commands to paste. A URL with a password must have the type `secret`.
    return username || password ? 'expected a URL without user and password' : undefined
  },
}

/** The problem of the text, or undefined. */
export function settingProblem({ type }: Pick<PackageSetting, 'type'>, text: string): string | undefined {
  return problemOf[type](text)
}

/**
 * The settings that packages declare, in the order of their folders. Nothing else lists them.
 *
 * @param reserved names that no package may use
 * @throws Error for an invalid declaration, which is a bug of the package
 */
export function discoverSettings(root: string, reserved: readonly string[] = []): PackageSetting[] {
  const settings = packageFolders(root).flatMap(declared)
  for (const { name, type, package: owner, default: text } of settings) {
    const place = `packages/${owner}/package.json, platform.settings.${name}`
    const [other] = settings.filter((each) => each.name === name && each.package !== owner)
    if (other) throw new Error(`${place}: packages/${other.package} declares this setting too`)
    if (reserved.includes(name)) throw new Error(`${place}: the platform itself has this setting`)
    if (!/^[A-Z][A-Z0-9_]*$/.test(name)) throw new Error(`${place}: a name consists of A-Z, 0-9 and _`)
    if (!(type in problemOf))
      throw new Error(`${place}: unknown type ${type}, expected ${Object.keys(problemOf).join(', ')}`)
    const problem = text === undefined ? undefined : settingProblem({ type }, text)
    if (problem) throw new Error(`${place}: invalid default: ${problem}`)
    if (type === 'secret' && text !== undefined) throw new Error(`${place}: a secret must have no default`)
  }
  return settings
}

function declared({ name, directory }: PackageFolder): PackageSetting[] {
  const file = join(directory, 'package.json')
  if (!existsSync(file)) return []
  const { platform } = JSON.parse(readFileSync(file, 'utf8')) as {
    platform?: { settings?: Readonly<Record<string, Omit<PackageSetting, 'name' | 'package'>>> }
  }
  return Object.entries(platform?.settings ?? {}).map(([setting, rest]) => ({ ...rest, name: setting, package: name }))
}
