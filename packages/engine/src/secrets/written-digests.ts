import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

type Texts = Readonly<Record<string, string>>

/** Annotation of a Secret: a digest of each value that the engine wrote. A value with another digest was edited by hand. */
const writtenAnnotation = 'platform.local/written'
/** Annotation of a Secret: the UIDs of pods that use an older one and have to be replaced. */
export const staleAnnotation = 'platform.local/pods-to-replace'

/** What the engine recorded on a Secret that it wrote. */
export interface WrittenDigests {
  /** Whether a key's value is the one that was written last; undefined: there is no record. */
  wasWritten(key: string, text: string): Promise<boolean | undefined>
  /** Whether these are exactly the keys and values that were written last. One digest is cheaper than one for each key. */
  isAsWritten(texts: Texts): Promise<boolean>
  /** UIDs of pods that a run was about to replace. */
  readonly stale: readonly string[]
}

interface Written {
  readonly salt: string
  readonly keys: Texts
  /** Of all keys and values together. */
  readonly all: string
}

/** Reads the annotations. Malformed ones count as missing. */
export function readWrittenDigests(annotations: Texts = {}): WrittenDigests {
  const { salt, keys, all } = parse(annotations[writtenAnnotation])
  return {
    async wasWritten(key, text) {
      const known = keys[key]
      if (known === undefined) return undefined
      return isDigest(known, await digest(salt, key, text))
    },
    isAsWritten: async (texts) => all !== '' && isDigest(all, await digest(salt, '', inOrder(texts))),
    stale: annotations[staleAnnotation]?.split(',').filter(Boolean) ?? [],
  }
}

/**
 * The annotations of a Secret that is about to be written.
 *
 * @param data all its values
 * @param kept the keys whose edits are detected one by one
 * @param stale as in WrittenDigests
 */
export async function writtenAnnotations(
  data: Texts,
  kept: readonly string[],
  stale: readonly string[],
): Promise<Record<string, string>> {
  const salt = randomBytes(16).toString('base64')
  const hash = async (key: string, text: string) => (await digest(salt, key, text)).toString('base64')
  const [all, ...keys] = await Promise.all([
    hash('', inOrder(data)),
    ...kept.map(async (key) => [key, await hash(key, data[key] ?? '')] as const),
  ])
  return {
    [writtenAnnotation]: JSON.stringify({ salt, all, keys: Object.fromEntries(keys) }),
    ...(stale.length && { [staleAnnotation]: stale.join(',') }),
  }
}

function inOrder(texts: Texts): string {
  return JSON.stringify(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function isDigest(known: string, found: Buffer): boolean {
  const [one, other] = [new Uint8Array(Buffer.from(known, 'base64')), new Uint8Array(found)]
  return one.length === other.length && timingSafeEqual(one, other)
}

const derived = promisify<string, string, number, object, Buffer>(scrypt)

/**
 * `kubectl describe` shows a Secret's annotations, so a weak password must not be guessed from its digest. scrypt with about
 * 20 ms per digest is what a plan with a handful of them can afford.
 */
function digest(salt: string, key: string, text: string): Promise<Buffer> {
  return derived(text, `${salt} ${key}`, 32, { N: 8192, r: 8, p: 1 })
}

function parse(text = '{}'): Written {
  try {
    const { salt, keys, all = '' } = JSON.parse(text) as Partial<Written>
    if (typeof salt === 'string' && typeof keys === 'object' && keys !== null) return { salt, keys, all: String(all) }
  } catch {
    // The annotation was edited by hand.
  }
  return { salt: '', keys: {}, all: '' }
}
