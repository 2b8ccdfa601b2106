import { randomBytes } from 'node:crypto'
import { PlatformError, type Settings } from '@platform/core'
import type { SecretDefinition } from '../secret.ts'

type Texts = Readonly<Record<string, string>>

/** What a Secret should hold, against what is stored. */
export interface WantedSecret {
  readonly definition: SecretDefinition
  readonly data: Texts
  readonly stored: Texts | undefined
  /** The keys of the definition that the env file changed about a Secret that is there. */
  readonly changed: readonly string[]
  /** The stored one holds something else, or there is none. */
  readonly differs: boolean
}

export interface SecretSources {
  readonly settings: Pick<Settings, 'components'>
  /** Decoded; undefined: it is not there. */
  readonly stored: Texts | undefined
  /** Those of its claims that are there. */
  readonly claims: readonly string[]
  readonly namespace: string
  readonly password?: () => string
}

/** Fit for a URL, a shell and a configuration file; 192 bits. */
export function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

/**
 * What a Secret should hold: the env file's settings over what is stored over new passwords.
 *
 * @throws PlatformError SECRET_LOST, SECRET_CHANGE_REFUSED: its volume would stay closed
 */
export async function wantedSecret(definition: SecretDefinition, sources: SecretSources): Promise<WantedSecret> {
  const { settings, stored, password = newPassword } = sources
  const given: Record<string, string> = {}
  const made: string[] = []
  for (const [key, source] of Object.entries(definition.keys)) {
    const set = 'value' in source ? source.value : 'setting' in source ? settings.components[source.setting] : undefined
    const text = set || stored?.[key]
    if (text) given[key] = text
    else if (!('setting' in source && source.optional)) made.push(key)
  }
  if (made.length) refuseLost(definition, made, sources)
  for (const key of made) given[key] = password()
  const data = { ...given, ...(await definition.derive?.(given, stored ?? {})) }
  const changed = stored
    ? Object.keys(given).filter((key) => stored[key] !== undefined && stored[key] !== given[key])
    : []
  refuseChange(definition, changed, sources)
  const keys = new Set([...Object.keys(data), ...Object.keys(stored ?? {})])
  const differs = !stored || [...keys].some((key) => data[key] !== stored[key])
  return { definition, data, stored, changed, differs }
}

/** A new password would not open what the lost one closed. */
function refuseLost(
  definition: SecretDefinition,
  made: readonly string[],
  { stored, claims, namespace }: SecretSources,
) {
  if (!definition.opens?.length || !claims.length) return
  const settings = Object.values(definition.keys).flatMap((key) => ('setting' in key ? key.setting : []))
  const what = stored ? `lacks ${made.join(', ')}` : 'is gone'
  throw new PlatformError(
    'SECRET_LOST',
    `the Secret ${namespace}/${definition.name} ${what}, and the volume that it opens is there (${claims.join(', ')}): new passwords would not open it`,
    {
      hint: settings.length
        ? `put it back, or set ${settings.join(' and ')} in the env file to what opens the volume`
        : `put it back; or give the volume up: pnpm kubectl delete pvc -n ${namespace} ${claims.join(' ')}`,
    },
  )
}

function refuseChange(definition: SecretDefinition, changed: readonly string[], { claims, namespace }: SecretSources) {
  if (!changed.length || !definition.opens?.length || !claims.length || definition.change) return
  const settings = changed.flatMap((key) => {
    const source = definition.keys[key]
    return source && 'setting' in source ? source.setting : key
  })
  throw new PlatformError(
    'SECRET_CHANGE_REFUSED',
    `${settings.join(', ')}: the volume ${claims.join(', ')} in ${namespace} was made with another value, and nothing here can change it there`,
    { hint: `take ${settings.join(', ')} out of the env file, or delete the volume with \`pnpm down … --purge\`` },
  )
}
