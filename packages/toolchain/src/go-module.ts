/** A go.mod, as far as the pins of a unit go. */
export interface GoModule {
  /** The oldest Go that it builds with: `1.26.6`. */
  readonly go: string
  /** Module → version, of all that it requires. */
  readonly requires: ReadonlyMap<string, string>
  /** What else it says (module, godebug, replace, exclude, …), one statement each, sorted. */
  readonly rest: readonly string[]
}

/** Reads the text of a go.mod. */
export function parseGoModule(text: string): GoModule {
  const requires = new Map<string, string>()
  const rest: string[] = []
  let go = ''
  for (const [verb, words] of statements(text)) {
    if (verb === 'require') requires.set(words[0] ?? '', words[1] ?? '')
    else if (verb === 'go') go = words[0] ?? ''
    // `tool` lines keep `go mod tidy` from dropping what is built; they change nothing in it
    else if (verb !== 'tool') rest.push([verb, ...words].join(' '))
  }
  return { go, requires, rest: rest.sort() }
}

function* statements(text: string): Generator<[verb: string, words: string[]]> {
  let block: string | undefined
  for (const line of text.split('\n')) {
    const words = line
      .replace(/\/\/.*/, '')
      .trim()
      .split(/\s+/)
      .filter(Boolean)
    const [first] = words
    if (first === undefined) continue
    if (block !== undefined && first === ')') block = undefined
    else if (block !== undefined) yield [block, words]
    else if (words[1] === '(') block = first
    else yield [first, words.slice(1)]
  }
}

/** Compares two Go versions (`1.26.6`, `go1.27rc1`): negative when `a` is older. A pre-release is older than its release. */
export function compareGoVersions(a: string, b: string): number {
  const [x, y] = [parts(a), parts(b)]
  for (let i = 0; i < 4; i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function parts(version: string): number[] {
  const match = /^(?:go)?(\d+)\.(\d+)(?:\.(\d+))?(?:(?:rc|beta)(\d+))?/.exec(version)
  if (!match) return [0, 0, 0, 0]
  const [, major, minor, patch, candidate] = match
  return [Number(major), Number(minor), candidate ? -1 : Number(patch ?? 0), Number(candidate ?? 0)]
}
