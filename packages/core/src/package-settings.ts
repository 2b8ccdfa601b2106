import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PackageFolder, packageFolders } from './package-folders.ts'

/** How the text of a setting that a package declares is read. */
export type PackageSettingType = 'text' | 'secret' | 'host' | 'flag' | 'url'

/** A setting of the env file that a package brings: package.json `platform.settings`. */
export interface PackageSetting {
  readonly name: string
  readonly type: PackageSettingType
  readonly default?: string
  /** The folder's name under packages/. */
  readonly package: string
}

/** What is wrong with a text of this type, as `expected …`; undefined: nothing. No message repeats the text. */
const wrong: Readonly<Record<PackageSettingType, (text: string) => string | undefined>> = {
  text: () => undefined,
  // What a control character does to a password shows only when nobody can log in.
  secret: (text) => ([...text].some((char) => char < ' ') ? 'expected a text without control characters' : undefined),
  host: (text) =>
    text.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)
      ? undefined
      : 'expected a host name, in lower case and without a port',
  flag: (text) => (text === '0' || text === '1' ? undefined : 'expected 0 or 1'),
  url: (text) => {
    if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return 'expected a URL that begins with http:// or https://'
    const { username, password } = new URL(text)
    // It is shown, and stands in commands to paste. One that holds a password is of the type `secret`.
    return username || password ? 'expected a URL without user and password' : undefined
  },
}

/** What is wrong with the text; undefined: nothing. */
export function settingProblem({ type }: Pick<PackageSetting, 'type'>, text: string): string | undefined {
  return wrong[type](text)
}

/**
 * The settings that packages bring, in the order of their folders. A component documents what an operator sets about it
 * in its own folder: nothing else lists them.
 *
 * @param taken names that no package may take
 * @throws Error for a declaration that can't be meant: that is a bug of the package
 */
export function discoverSettings(root: string, taken: readonly string[] = []): PackageSetting[] {
  const settings = packageFolders(root).flatMap(declared)
  for (const { name, type, package: owner, default: text } of settings) {
    const place = `packages/${owner}/package.json, platform.settings.${name}`
    const [other] = settings.filter((each) => each.name === name && each.package !== owner)
    if (other) throw new Error(`${place}: packages/${other.package} has a setting of that name too`)
    if (taken.includes(name)) throw new Error(`${place}: the platform itself has a setting of that name`)
    if (!/^[A-Z][A-Z0-9_]*$/.test(name)) throw new Error(`${place}: a name is of A-Z, 0-9 and _`)
    if (!(type in wrong)) throw new Error(`${place}: type ${type}, expected ${Object.keys(wrong).join(', ')}`)
    const problem = text === undefined ? undefined : settingProblem({ type }, text)
    if (problem) throw new Error(`${place}: its default: ${problem}`)
    if (type === 'secret' && text !== undefined) throw new Error(`${place}: a secret has no default`)
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
