import type { OverlayValues } from '@platform/engine'
import { problemOf } from '@platform/panels/promql'
import { LineCounter, parseDocument } from 'yaml'

type Path = readonly (string | number)[]

/** How messages name the place of a problem. */
interface Place {
  /** The prefix of the message: empty, or with a colon and a space. */
  prefix: string
  at(path: Path): string
}

/**
 * The problems of rules that overlays add, each with file and line: `rules.extraGroups` has groups as values, `rules.extra`
 * has whole rule files as text. Expressions are parsed with the grammar of Prometheus. Pure.
 */
export function extraRuleProblems(overlays: readonly OverlayValues[]): string[] {
  return overlays.flatMap(({ file, values, lineOf }) => {
    const rules = (values.rules ?? {}) as { readonly extraGroups?: unknown; readonly extra?: Record<string, unknown> }
    const place: Place = {
      prefix: 'rules.extraGroups: ',
      at: (path) => `${file}:${lineOf(['rules', 'extraGroups', ...path])}`,
    }
    const groups = rules.extraGroups === undefined ? [] : groupProblems(rules.extraGroups, place)
    const files = Object.entries(rules.extra ?? {}).flatMap(([name, text]) =>
      fileProblems(String(text), { key: `rules.extra.${name}`, file, line: lineOf(['rules', 'extra', name]) }),
    )
    return [...groups, ...files]
  })
}

/** The problems of a rule file as text. Its first line is `line` + 1; for a value, `line` is the line of its key. Pure. */
export function fileProblems(
  text: string,
  { key, file, line }: { readonly key?: string; readonly file: string; readonly line: number },
): string[] {
  const prefix = key ? `${key}: ` : ''
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  if (document.errors.length) {
    return document.errors.map(
      (error) => `${file}:${line + counter.linePos(error.pos[0]).line}: ${prefix}${error.message.split('\n')[0]}`,
    )
  }
  const at = (path: Path) => {
    const node = path.length ? document.getIn(path, true) : document.contents
    const offset = (node as { range?: readonly number[] | null } | undefined)?.range?.[0] ?? 0
    return `${file}:${line + counter.linePos(offset).line}`
  }
  const groups = (document.toJS() as { groups?: unknown } | null)?.groups
  const place: Place = { prefix, at: (path) => at(['groups', ...path]) }
  if (!Array.isArray(groups)) return [`${at([])}: ${prefix}expected a list of groups below groups:`]
  return groupProblems(groups, place)
}

function groupProblems(groups: unknown, { prefix, at }: Place): string[] {
  if (!Array.isArray(groups)) return [`${at([])}: ${prefix}expected a list of groups`]
  return groups.flatMap((group: unknown, g) => {
    const { name, rules } = (group ?? {}) as { name?: unknown; rules?: unknown }
    const where = `${prefix}group ${typeof name === 'string' ? name : g + 1}`
    if (typeof name !== 'string' || !name) return [`${at([g])}: ${where}: name is missing`]
    if (!Array.isArray(rules)) return [`${at([g])}: ${where}: expected a list of rules`]
    return rules.flatMap((rule: unknown, r) => {
      const problem = ruleProblem(rule)
      if (!problem) return []
      const { alert, record } = (rule ?? {}) as { alert?: string; record?: string }
      const key = problem.key === undefined ? [] : [problem.key]
      return [`${at([g, 'rules', r, ...key])}: ${where}: ${alert ?? record ?? `rule ${r + 1}`}: ${problem.message}`]
    })
  })
}

function ruleProblem(rule: unknown): { readonly key?: string; readonly message: string } | undefined {
  const { alert, record, expr } = (rule ?? {}) as { alert?: unknown; record?: unknown; expr?: unknown }
  if ((alert === undefined) === (record === undefined)) return { message: 'expected either alert or record' }
  if (expr === undefined) return { message: 'expr is missing' }
  const problem = problemOf(String(expr))
  if (!problem) return undefined
  const place = problem.line > 1 ? `line ${problem.line}, column ${problem.column}` : `column ${problem.column}`
  return { key: 'expr', message: `expr: ${problem.message} (${place} of expr)` }
}
