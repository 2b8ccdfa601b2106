import { randomBytes } from 'node:crypto'
import { PlatformError, type Settings } from '@platform/core'
import type { SecretDefinition } from '../component/secret.ts'
import type { WrittenDigests } from './written-digests.ts'

type Texts = Readonly<Record<string, string>>

/** What a Secret should hold, against what is stored. */
export interface DesiredSecret {
  readonly definition: SecretDefinition
  /** The texts to write. While keys are to be generated, those keys and all derived ones are missing. */
  readonly data: Texts
  /** Keys without a text: `completeSecret` generates one for each. */
  readonly toGenerate: readonly string[]
  readonly stored: Texts | undefined
  /** The keys of the definition that what runs may have another text of: the env file changed them, or somebody did. */
  readonly changed: readonly string[]
  /** Those of them that somebody edited in the Secret, and that are wanted so now. */
  readonly edited: readonly string[]
  /** The stored one holds something else, or what was edited in it, or there is none. */
  readonly differs: boolean
  /** Pods that have an older one: a run that was to replace them did not come so far. */
  readonly stale: readonly StalePod[]
}

/** A pod that was started with an older Secret. */
export interface StalePod {
  readonly name: string
  readonly uid: string
}

export interface SecretSources {
  readonly settings: Pick<Settings, 'components'>
  /** Decoded; undefined: it is not there. */
  readonly stored: Texts | undefined
  /** Those of its claims that are there. */
  readonly claims: readonly string[]
  readonly namespace: string
  readonly marks?: Pick<WrittenDigests, 'wasWritten' | 'isAsWritten'>
  readonly stale?: readonly StalePod[]
}

/** Fit for a URL, a shell and a configuration file; 192 bits. */
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
  // Mostly nothing changed, and then derived keys still fit: comparing a bcrypt hash again would be slow.
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

/** Generates the texts that are missing, and derives what follows from them. Only what writes the Secret calls this. */
export async function completeSecret(secret: DesiredSecret, password = newPassword): Promise<DesiredSecret> {
  const { definition, stored, toGenerate } = secret
  if (!toGenerate.length) return secret
  const given = { ...secret.data, ...Object.fromEntries(toGenerate.map((key) => [key, password()])) }
  const data = { ...given, ...(await definition.derive?.(given, stored ?? {})) }
  return { ...secret, data, toGenerate: [] }
}

/** Whether a Secret holds these texts, and beside them only keys that may be derived. */
function isSame({ keys, derive }: SecretDefinition, given: Texts, stored: Texts): boolean {
  const others = Object.keys(stored).filter((key) => !(key in keys))
  return (!others.length || derive !== undefined) && Object.entries(given).every(([key, text]) => stored[key] === text)
}

/** What is stored, is wanted, and is not what was written: what runs was never told of it. */
async function editedKeys(given: Texts, { stored, marks }: SecretSources): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(given).map(async ([key, text]) =>
      stored?.[key] === text && (await marks?.wasWritten(key, text)) === false ? [key] : [],
    ),
  )
  return found.flat()
}

/** A new password would not open what the lost one closed; unless nobody but what the start sets again had it. */
function refuseLost(
  definition: SecretDefinition,
  made: readonly string[],
  { stored, claims, namespace }: SecretSources,
) {
  const lost = made.filter((key) => !(definition.setAtStart && 'generate' in (definition.keys[key] ?? {})))
  if (!lost.length || !definition.opens?.length || !claims.length) return
  const settings = Object.values(definition.keys).flatMap((key) => ('setting' in key ? key.setting : []))
  const what = stored ? `lacks ${lost.join(', ')}` : 'is gone'
  throw new PlatformError(
    'SECRET_MISSING',
    `the Secret ${namespace}/${definition.name} ${what}, and the volume that it opens is there (${claims.join(', ')}): new passwords would not open it`,
    {
      hint: settings.length
        ? `put it back, or set ${settings.join(' and ')} in the env file to what opens the volume`
        : `put it back; or give the volume up: pnpm kubectl delete pvc -n ${namespace} ${claims.join(' ')}`,
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
  // What the volume was made with is put back, over what was edited.
  const refused = changed.filter((_, n) => !written[n])
  if (!refused.length) return
  const settings = refused.flatMap((key) => {
    const source = definition.keys[key]
    return source && 'setting' in source ? source.setting : key
  })
  throw new PlatformError(
    'PASSWORD_CHANGE_REFUSED',
    `${settings.join(', ')}: the volume ${claims.join(', ')} in ${namespace} was made with another value, and nothing here can change it there`,
    {
      hint: `take ${settings.join(', ')} out of the env file and put back what was edited in the Secret ${definition.name}, or delete the volume with \`pnpm down … --purge\``,
    },
  )
}
