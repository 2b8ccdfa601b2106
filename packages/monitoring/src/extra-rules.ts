import type { OverlayValues } from '@platform/engine'
import { problemOf } from '@platform/panels/promql'
import { LineCounter, parseDocument } from 'yaml'

type Path = readonly (string | number)[]

/** Where something stands, and how its place is told. */
interface Place {
  /** What a message begins with, with a colon and a space; empty: nothing. */
  said: string
  at(path: Path): string
}

/**
 * What is wrong in the rules that overlays add, each with file and line: `rules.extraGroups`, groups as values, and
 * `rules.extra`, whole rule files as text. Expressions are read by Prometheus' grammar. Pure.
 */
export function extraRuleProblems(overlays: readonly OverlayValues[]): string[] {
  return overlays.flatMap(({ file, values, lineOf }) => {
    const rules = (values.rules ?? {}) as { readonly extraGroups?: unknown; readonly extra?: Record<string, unknown> }
    const inValues: Place = {
      said: 'rules.extraGroups: ',
      at: (path) => `${file}:${lineOf(['rules', 'extraGroups', ...path])}`,
    }
    const groups = rules.extraGroups === undefined ? [] : groupProblems(rules.extraGroups, inValues)
    const files = Object.entries(rules.extra ?? {}).flatMap(([name, text]) =>
      fileProblems(String(text), { said: `rules.extra.${name}`, file, line: lineOf(['rules', 'extra', name]) }),
    )
    return [...groups, ...files]
  })
}

/** A rule file as text: its first line is the one after `line`, that of its key where it is a value. Pure. */
export function fileProblems(
  text: string,
  { said, file, line }: { readonly said?: string; readonly file: string; readonly line: number },
): string[] {
  const what = said ? `${said}: ` : ''
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  if (document.errors.length) {
    return document.errors.map(
      (error) => `${file}:${line + counter.linePos(error.pos[0]).line}: ${what}${error.message.split('\n')[0]}`,
    )
  }
  const at = (path: Path) => {
    const node = path.length ? document.getIn(path, true) : document.contents
    const offset = (node as { range?: readonly number[] | null } | undefined)?.range?.[0] ?? 0
    return `${file}:${line + counter.linePos(offset).line}`
  }
  const groups = (document.toJS() as { groups?: unknown } | null)?.groups
  const place: Place = { said: what, at: (path) => at(['groups', ...path]) }
  if (!Array.isArray(groups)) return [`${at([])}: ${what}expected a list of groups below groups:`]
  return groupProblems(groups, place)
}

function groupProblems(groups: unknown, { said, at }: Place): string[] {
  if (!Array.isArray(groups)) return [`${at([])}: ${said}expected a list of groups`]
  return groups.flatMap((group: unknown, g) => {
    const { name, rules } = (group ?? {}) as { name?: unknown; rules?: unknown }
    const where = `${said}group ${typeof name === 'string' ? name : g + 1}`
    if (typeof name !== 'string' || !name) return [`${at([g])}: ${where}: name is missing`]
    if (!Array.isArray(rules)) return [`${at([g])}: ${where}: expected a list of rules`]
    return rules.flatMap((rule: unknown, r) => {
      const problem = ruleProblem(rule)
      if (!problem) return []
      const { alert, record } = (rule ?? {}) as { alert?: string; record?: string }
      const key = problem.key === undefined ? [] : [problem.key]
      return [`${at([g, 'rules', r, ...key])}: ${where}: ${alert ?? record ?? `rule ${r + 1}`}: ${problem.says}`]
    })
  })
}

function ruleProblem(rule: unknown): { readonly key?: string; readonly says: string } | undefined {
  const { alert, record, expr } = (rule ?? {}) as { alert?: unknown; record?: unknown; expr?: unknown }
  if ((alert === undefined) === (record === undefined)) return { says: 'expected either alert or record' }
  if (expr === undefined) return { says: 'expr is missing' }
  const problem = problemOf(String(expr))
  if (!problem) return undefined
  const place = problem.line > 1 ? `line ${problem.line}, column ${problem.column}` : `column ${problem.column}`
  return { key: 'expr', says: `expr: ${problem.message} (${place} of it)` }
}
