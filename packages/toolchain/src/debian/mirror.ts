import { PlatformError, usageError } from '@platform/core'

/** Where Debian packages come from, and what they must be signed with. */
export interface DebianMirror {
  readonly main: string
  /** Of the security archive; undefined where the mirror has none. */
  readonly security: string | undefined
  /** Absolute paths; a signature by any of their keys counts. */
  readonly keyrings: readonly string[]
}

export interface MirrorSource {
  /** DEBIAN_MIRROR, DEBIAN_KEYRING. */
  readonly settings: { readonly DEBIAN_MIRROR?: string | undefined; readonly DEBIAN_KEYRING?: string | undefined }
  /** The text of the machine's apt sources: of one-line files (.list) and of deb822 files (.sources). */
  readonly lists: readonly string[]
  readonly deb822: readonly string[]
  /** Whether there is such a file. */
  readonly exists: (path: string) => boolean
}

interface Entry {
  readonly uri: string
  readonly suite: string
  readonly signedBy: readonly string[]
}

const SUITE = /^((old){0,2}stable|testing|unstable|sid|bullseye|bookworm|trixie|forky|duke)(-|$)/
const KEYRINGS = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp']
const KEYRING_HINT =
  'DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg (Debian package debian-archive-keyring)'

/**
 * The mirror to use: DEBIAN_MIRROR, else the one in the machine's own apt sources.
 *
 * @throws PlatformError DEBIAN_MIRROR_UNKNOWN, DEBIAN_KEYRING_MISSING
 */
export function findMirror({ settings, lists, deb822, exists }: MirrorSource): DebianMirror {
  const entries = [...lists.flatMap(parseOneLine), ...deb822.flatMap(parseDeb822)].filter(({ suite }) =>
    SUITE.test(suite),
  )
  const ofMain = entries.find(({ suite }) => !suite.includes('-security'))
  const main = settings.DEBIAN_MIRROR ?? ofMain?.uri
  if (!main) {
    throw new PlatformError('DEBIAN_MIRROR_UNKNOWN', "this machine's apt sources name no Debian mirror", {
      hint: 'set DEBIAN_MIRROR=<URL of a Debian mirror, ending in /debian> in .env',
    })
  }
  const ofSecurity = settings.DEBIAN_MIRROR ? undefined : entries.find(({ suite }) => suite.endsWith('-security'))
  return {
    main: main.replace(/\/+$/, ''),
    security: (ofSecurity?.uri ?? derivedSecurity(main))?.replace(/\/+$/, ''),
    keyrings: findKeyrings(
      settings.DEBIAN_KEYRING,
      [...(ofMain?.signedBy ?? []), ...(ofSecurity?.signedBy ?? [])],
      exists,
    ),
  }
}

function derivedSecurity(main: string): string | undefined {
  return /\/debian\/*$/.test(main) ? main.replace(/\/debian\/*$/, '/debian-security') : undefined
}

function findKeyrings(named: string | undefined, signedBy: string[], exists: (path: string) => boolean): string[] {
  if (named) {
    if (exists(named)) return [named]
    throw usageError('DEBIAN_KEYRING_MISSING', `DEBIAN_KEYRING=${named}: there is no such file`, KEYRING_HINT)
  }
  const found = [...new Set([...signedBy, KEYRINGS.find(exists)])].filter((path) => path !== undefined && exists(path))
  if (found.length) return found as string[]
  throw new PlatformError('DEBIAN_KEYRING_MISSING', 'there is no keyring to verify Debian packages with', {
    hint: KEYRING_HINT,
  })
}

function parseOneLine(text: string): Entry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line.replace(/#.*/, ''))
    if (!match) return []
    const [, options = '', uri = '', suite = '', components = ''] = match
    if (!components.split(/\s+/).includes('main') || !usable(uri)) return []
    return [{ uri, suite, signedBy: paths(/signed-by=(\S+)/i.exec(options)?.[1]) }]
  })
}

function parseDeb822(text: string): Entry[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>()
    let last = ''
    for (const line of stanza.split('\n').filter((line) => !line.startsWith('#'))) {
      const field = /^([\w-]+):\s*(.*)$/.exec(line)
      if (field) {
        last = (field[1] ?? '').toLowerCase()
        fields.set(last, field[2] ?? '')
      } else if (last) fields.set(last, `${fields.get(last)} ${line.trim()}`)
    }
    const list = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean)
    if (/^(no|false|0)$/i.test(fields.get('enabled') ?? '')) return []
    if (!list('types').includes('deb') || !list('components').includes('main')) return []
    const signedBy = paths(fields.get('signed-by'))
    return list('uris')
      .filter(usable)
      .flatMap((uri) => list('suites').map((suite) => ({ uri, suite, signedBy })))
  })
}

/** Not a CD, and not a file that lists mirrors. */
function usable(uri: string): boolean {
  return /^(https?|file|copy):/.test(uri)
}

/** The absolute paths among what a Signed-By says: a key block or a fingerprint is none. */
function paths(signedBy: string | undefined): string[] {
  return (signedBy ?? '').split(/[\s,]+/).filter((word) => word.startsWith('/'))
}
