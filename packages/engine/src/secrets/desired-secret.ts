import { randomBytes } from 'node:crypto'
import { PlatformError, type Settings } from '@platform/core'
import type { SecretDefinition } from '../component/secret.ts'
import type { WrittenDigests } from './written-digests.ts'

type Texts = Readonly<Record<string, string>>

/** What a Secret should contain, compared with the stored one. */
export interface DesiredSecret {
  readonly definition: SecretDefinition
  /** The texts to write. While keys are to be generated, those keys and all derived ones are missing. */
  readonly data: Texts
  /** Keys without a text: `completeSecret` generates one for each. */
  readonly toGenerate: readonly string[]
  readonly stored: Texts | undefined
  /** Keys whose value the running server may not have yet: changed in the env file, or edited in the Secret. */
  readonly changed: readonly string[]
  /** Those of them that were edited in the Secret; the edited value is now the desired one. */
  readonly edited: readonly string[]
  /** The Secret is missing, has other values, or was edited. */
  readonly differs: boolean
  /** Pods that still use an older Secret, because a run was killed before it replaced them. */
  readonly stale: readonly StalePod[]
}

/** A pod that was started with an older Secret. */
export interface StalePod {
  readonly name: string
  readonly uid: string
}

export interface SecretSources {
  readonly settings: Pick<Settings, 'components'>
  /** Decoded; undefined: it does not exist. */
  readonly stored: Texts | undefined
  /** Those of its claims that exist. */
  readonly claims: readonly string[]
  readonly namespace: string
  readonly marks?: Pick<WrittenDigests, 'wasWritten' | 'isAsWritten'>
  readonly stale?: readonly StalePod[]
}

/** 192 random bits in characters that need no quoting in URLs, shells and configuration files. */
export function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

/**
 * What a Secret should hold: the env file's settings over what is stored. It generates nothing, so a plan can call it.
 *
 * @throws PlatformError SECRET_MISSING, PASSWORD_CHANGE_REFUSED: its volume would stay closed
 */
export async function desiredSecret(definition: SecretDefinition, sources: SecretSources): Promise<DesiredSecret> {
  const { settings, stored, stale = [] } = sources
  const given: Record<string, string> = {}
  const toGenerate: string[] = []
  for (const [key, source] of Object.entries(definition.keys)) {
    const set = 'value' in source ? source.value : 'setting' in source ? settings.components[source.setting] : undefined
    const text = set || stored?.[key]
    if (text) given[key] = text
    else if (!('setting' in source && source.optional)) toGenerate.push(key)
  }
  // Unchanged in most runs. Then the derived keys are valid too, and the slow bcrypt comparison is skipped.
  if (stored && !toGenerate.length && isSame(definition, given, stored) && (await sources.marks?.isAsWritten(stored))) {
    return { definition, data: stored, toGenerate, stored, changed: [], edited: [], differs: false, stale }
  }
  refuseLost(definition, toGenerate, sources)
  const data = toGenerate.length ? given : { ...given, ...(await definition.derive?.(given, stored ?? {})) }
  const replaced = Object.keys(given).filter((key) => stored?.[key] !== undefined && stored[key] !== given[key])
  const edited = await editedKeys(given, sources)
  const changed = [...replaced, ...edited]
  await refuseChange(definition, { changed, given }, sources)
  const keys = new Set([...Object.keys(data), ...Object.keys(stored ?? {})])
  const differs =
    !stored || toGenerate.length > 0 || edited.length > 0 || [...keys].some((key) => data[key] !== stored[key])
  return { definition, data, toGenerate, stored, changed, edited, differs, stale }
}

/** Generates the missing values and derives the keys that depend on them. Called only before the Secret is written. */
export async function completeSecret(secret: DesiredSecret, password = newPassword): Promise<DesiredSecret> {
  const { definition, stored, toGenerate } = secret
  if (!toGenerate.length) return secret
  const given = { ...secret.data, ...Object.fromEntries(toGenerate.map((key) => [key, password()])) }
  const data = { ...given, ...(await definition.derive?.(given, stored ?? {})) }
  return { ...secret, data, toGenerate: [] }
}

/** Whether a Secret has these values and otherwise only keys that may be derived. */
function isSame({ keys, derive }: SecretDefinition, given: Texts, stored: Texts): boolean {
  const others = Object.keys(stored).filter((key) => !(key in keys))
  return (!others.length || derive !== undefined) && Object.entries(given).every(([key, text]) => stored[key] === text)
}

/** Keys whose stored value is desired but was not written by us: it was never applied to the running server. */
async function editedKeys(given: Texts, { stored, marks }: SecretSources): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(given).map(async ([key, text]) =>
      stored?.[key] === text && (await marks?.wasWritten(key, text)) === false ? [key] : [],
    ),
  )
  return found.flat()
}

/** A new password does not open a volume that was created with the lost one, unless each start sets it again. */
function refuseLost(
  definition: SecretDefinition,
  made: readonly string[],
  { stored, claims, namespace }: SecretSources,
) {
  const lost = made.filter((key) => !(definition.setAtStart && 'generate' in (definition.keys[key] ?? {})))
  if (!lost.length || !definition.opens?.length || !claims.length) return
  const settings = Object.values(definition.keys).flatMap((key) => ('setting' in key ? key.setting : []))
  const what = stored ? `lacks ${lost.join(', ')}` : 'is missing'
  throw new PlatformError(
    'SECRET_MISSING',
    `Secret ${namespace}/${definition.name} ${what}, but its volume exists (${claims.join(', ')}); a new password would not open it`,
    {
      hint: settings.length
        ? `restore the Secret, or set ${settings.join(' and ')} in the env file to the volume's passwords`
        : `restore the Secret, or delete the volume with its data: pnpm kubectl delete pvc -n ${namespace} ${claims.join(' ')}`,
    },
  )
}

async function refuseChange(
  definition: SecretDefinition,
  { changed, given }: { readonly changed: readonly string[]; readonly given: Texts },
  { claims, namespace, marks }: SecretSources,
) {
  const { opens, change, setAtStart } = definition
  if (!changed.length || !opens?.length || !claims.length || change || setAtStart) return
  const written = await Promise.all(changed.map((key) => marks?.wasWritten(key, given[key] ?? '')))
  // The value that the volume was created with may be restored over an edited one.
  const refused = changed.filter((_, n) => !written[n])
  if (!refused.length) return
  const settings = refused.flatMap((key) => {
    const source = definition.keys[key]
    return source && 'setting' in source ? source.setting : key
  })
  throw new PlatformError(
    'PASSWORD_CHANGE_REFUSED',
    `${settings.join(', ')}: the volume ${claims.join(', ')} in ${namespace} was created with another value, which cannot be changed`,
    {
      hint: `remove ${settings.join(', ')} from the env file and restore the edited Secret ${definition.name}, or delete the volume with \`pnpm down … --purge\``,
    },
  )
}
