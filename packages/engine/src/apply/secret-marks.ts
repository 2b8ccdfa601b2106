import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

type Texts = Readonly<Record<string, string>>

/** Annotation of a Secret: a digest of each text that the engine wrote. A text that has another was edited by hand. */
const writtenAnnotation = 'platform.local/written'
/** Annotation of a Secret: the UIDs of pods that were started with an older one, and are to be replaced. */
export const staleAnnotation = 'platform.local/pods-to-replace'

/** What the engine has noted on a Secret that it wrote. */
export interface SecretMarks {
  /** Whether a key's text is the one that was written last; undefined: nobody noted it. */
  wasWritten(key: string, text: string): Promise<boolean | undefined>
  /** UIDs of the pods that a run meant to replace; it may have been killed before. */
  readonly stale: readonly string[]
}

interface Written {
  readonly salt: string
  readonly keys: Texts
}

/** Reads the notes. What is not as the engine writes it says nothing. */
export function readMarks(annotations: Texts = {}): SecretMarks {
  const { salt, keys } = parse(annotations[writtenAnnotation])
  return {
    async wasWritten(key, text) {
      const known = keys[key]
      if (known === undefined) return undefined
      const [one, other] = [Buffer.from(known, 'base64'), await digest(salt, key, text)]
      return one.length === other.length && timingSafeEqual(new Uint8Array(one), new Uint8Array(other))
    },
    stale: annotations[staleAnnotation]?.split(',').filter(Boolean) ?? [],
  }
}

/** The annotations that go with these texts in one write. */
export async function marksOf(texts: Texts, stale: readonly string[]): Promise<Record<string, string>> {
  const salt = randomBytes(16).toString('base64')
  const keys = await Promise.all(
    Object.entries(texts).map(async ([key, text]) => [key, (await digest(salt, key, text)).toString('base64')]),
  )
  return {
    [writtenAnnotation]: JSON.stringify({ salt, keys: Object.fromEntries(keys) }),
    ...(stale.length && { [staleAnnotation]: stale.join(',') }),
  }
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
    const { salt, keys } = JSON.parse(text) as Partial<Written>
    if (typeof salt === 'string' && typeof keys === 'object' && keys !== null) return { salt, keys }
  } catch {
    // Edited by hand too.
  }
  return { salt: '', keys: {} }
}
