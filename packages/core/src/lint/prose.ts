/** A word or phrase that the glossary of CONTRIBUTING.md replaces. */
export interface ProseRule {
  readonly pattern: RegExp
  readonly instead: string
}

export interface ProseProblem {
  readonly line: number
  readonly found: string
  readonly instead: string
}

const rule = (words: string, instead: string): ProseRule => ({
  pattern: new RegExp(`\\b(?:${words})\\b`, 'gi'),
  instead,
})

/** Terms that the glossary replaces, mostly found in messages and comments. */
export const proseRules: readonly ProseRule[] = [
  rule('mend(?:s|ed|ing)?', 'fix, repair or reconcile'),
  rule('supplies', 'external inputs'),
  rule('talking', 'heartbeat'),
  rule('withheld|withholds?|hush(?:es|ed)?', 'redact'),
  rule('as it should be', 'up to date'),
  rule('(?:is|are) left alone', 'is skipped, is not changed'),
  rule('went well|neither well', 'passed'),
  rule("somebody's|nobody's|someone else's", 'unmanaged, of another owner'),
  rule('there and not ours', 'unmanaged'),
  rule("(?:can't|cannot|can not|to) be had", 'is not available'),
  rule('(?:has|have) it no more', 'no longer in …'),
  rule('tak(?:e|es|en|ing) away', 'delete, remove'),
  rule('hand(?:s|ed|ing)? (?:it |them )?over', 'pass, install, upgrade'),
  rule('brought to nothing|come to nothing', 'failed'),
  rule('(?:promised|promises) (?:of )?cpu|cpu promised', 'CPU requests'),
  rule('answers by status', 'responses by status code'),
  rule('time of answers', 'request duration'),
  rule('youngest', 'newest'),
]

/** A line with this mark and a reason keeps its words. */
const exception = /prose-ok: \S/

/**
 * Finds the terms in the prose of a file: all lines of Markdown and YAML, and comments and string literals of code. Regular
 * expressions and identifiers are not prose.
 */
export function proseProblems(file: string, text: string, rules = proseRules): ProseProblem[] {
  const isCode = /\.(ts|go|cjs)$/.test(file)
  const lines = text.split('\n')
  return (isCode ? proseOfCode(text) : lines).flatMap((prose, n) => {
    if (exception.test(lines[n] ?? '')) return []
    return rules.flatMap(({ pattern, instead }) =>
      [...prose.matchAll(pattern)].map(([found]) => ({ line: n + 1, found, instead })),
    )
  })
}

/** Comments and string literals at their original positions; everything else is blank. */
function proseOfCode(text: string): string[] {
  let prose = ''
  let at = 0
  for (const match of text.matchAll(tokens)) {
    prose += blank(text.slice(at, match.index))
    const [token] = match
    prose += /^[/'"`]/.test(token) && !match.groups?.regex ? token : blank(token)
    at = (match.index ?? 0) + token.length
  }
  return (prose + blank(text.slice(at))).split('\n')
}

const tokens =
  /\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<regex>(?<=[(,=:[!&|?{};\n]\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*)/g

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ')
}
