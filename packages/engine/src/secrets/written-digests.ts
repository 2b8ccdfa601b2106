import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

type Texts = Readonly<Record<string, string>>

/** Annotation of a Secret: a digest of each text that the engine wrote. A text that has another was edited by hand. */
const writtenAnnotation = 'platform.local/written'
/** Annotation of a Secret: the UIDs of pods that were started with an older one, and are to be replaced. */
export const staleAnnotation = 'platform.local/pods-to-replace'

/** What the engine has noted on a Secret that it wrote. */
export interface WrittenDigests {
  /** Whether a key's text is the one that was written last; undefined: nobody noted it. */
  wasWritten(key: string, text: string): Promise<boolean | undefined>
  /** Whether these are exactly the keys and texts that were written last: one digest instead of one for each key. */
  isAsWritten(texts: Texts): Promise<boolean>
  /** UIDs of the pods that a run meant to replace; it may have been killed before. */
  readonly stale: readonly string[]
}

interface Written {
  readonly salt: string
  readonly keys: Texts
  /** Of all keys and texts together. */
  readonly all: string
}

/** Reads the notes. What is not as the engine writes it says nothing. */
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
 * The annotations that go with a Secret in one write.
 *
 * @param data all its texts
 * @param kept the keys of which an edit is noticed one by one
 * @param stale as in SecretMarks
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
 * `kubectl describe` shows annotations where it hides a Secret's texts: a weak password must not be guessed from one. As
 * costly as a plan that asks for a handful of them can bear: about 20 ms each.
 */
function digest(salt: string, key: string, text: string): Promise<Buffer> {
  return derived(text, `${salt} ${key}`, 32, { N: 8192, r: 8, p: 1 })
}

function parse(text = '{}'): Written {
  try {
    const { salt, keys, all = '' } = JSON.parse(text) as Partial<Written>
    if (typeof salt === 'string' && typeof keys === 'object' && keys !== null) return { salt, keys, all: String(all) }
  } catch {
    // Edited by hand too.
  }
  return { salt: '', keys: {}, all: '' }
}
