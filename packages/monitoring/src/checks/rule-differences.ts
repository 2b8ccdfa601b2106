import { durationMs } from '@platform/engine/settled'
import type { RuleGroup } from './common.ts'

/** A rule from the API of Prometheus. */
export interface LoadedRule {
  readonly name: string
  /** The expression, as formatted by Prometheus. */
  readonly query: string
  /** Seconds. Recording rules have none. */
  readonly duration?: number
  readonly keepFiringFor?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly health: string
  readonly lastError?: string
}

/** Whether two expressions are the same query. */
export type SameQuery = (wanted: string, loaded: string) => boolean

/** The differences between a loaded rule and the rule file. Pure. */
export function differencesOf(wanted: RuleGroup['rules'][number], loaded: LoadedRule, same: SameQuery): string[] {
  const { name } = loaded
  const seconds = (duration: string | undefined) => durationMs(duration ?? '') / 1000
  const differs = (field: string, have: string, file: string) => `${name} is loaded with ${field} ${have}, not ${file}`
  return [
    ...(same(wanted.expr, loaded.query) ? [] : [differs('the expression', loaded.query, withoutBreaks(wanted.expr))]),
    ...(seconds(wanted.for) === (loaded.duration ?? 0)
      ? []
      : [differs('for', `${loaded.duration ?? 0}s`, wanted.for ?? '0s')]),
    ...(seconds(wanted.keep_firing_for) === (loaded.keepFiringFor ?? 0)
      ? []
      : [differs('keep_firing_for', `${loaded.keepFiringFor ?? 0}s`, wanted.keep_firing_for ?? '0s')]),
    ...(labelsText(wanted.labels) === labelsText(loaded.labels)
      ? []
      : [differs('the labels', labelsText(loaded.labels), labelsText(wanted.labels))]),
  ]
}

/**
 * Decides which of these pairs are the same query. Most are equal without whitespace; for the others Prometheus formats
 * both.
 */
export async function sameQuery(
  pairs: readonly (readonly [wanted: string, loaded: string])[],
  format: (expr: string) => Promise<string>,
): Promise<SameQuery> {
  const different = pairs.filter(([a, b]) => withoutSpace(a) !== withoutSpace(b))
  const exprs = [...new Set(different.flat())]
  const formatted = new Map(await Promise.all(exprs.map(async (expr) => [expr, await format(expr)] as const)))
  return (a, b) =>
    withoutSpace(a) === withoutSpace(b) || (formatted.get(a) !== undefined && formatted.get(a) === formatted.get(b))
}

/** Removes whitespace, except in quoted strings. */
export function withoutSpace(expr: string): string {
  return expr.replaceAll(/"(?:[^"\\]|\\.)*"|(\s+)/g, (text, space) => (space ? '' : text))
}

function withoutBreaks(expr: string): string {
  return expr.trim().replaceAll(/\s+/g, ' ')
}

function labelsText(labels: Readonly<Record<string, unknown>> = {}): string {
  const sorted = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return `{${sorted.sort().join(', ')}}`
}
