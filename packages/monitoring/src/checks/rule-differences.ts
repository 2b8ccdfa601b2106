import { durationMs } from '@platform/engine/settled'
import type { RuleGroup } from './common.ts'

/** A rule as Prometheus tells of it. */
export interface LoadedRule {
  readonly name: string
  /** Its expression, as Prometheus writes it. */
  readonly query: string
  /** Seconds. Recording rules have none. */
  readonly duration?: number
  readonly keepFiringFor?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly health: string
  readonly lastError?: string
}

/** Whether two expressions ask the same. */
export type SameQuery = (wanted: string, loaded: string) => boolean

/** How a loaded rule differs from that of the file. Pure. */
export function differencesOf(wanted: RuleGroup['rules'][number], loaded: LoadedRule, same: SameQuery): string[] {
  const { name } = loaded
  const seconds = (duration: string | undefined) => durationMs(duration ?? '') / 1000
  const differs = (what: string, have: string, file: string) => `${name} is loaded with ${what} ${have}, not ${file}`
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
 * Tells which of these pairs ask the same. Most are told by their letters; of the others Prometheus is asked how it would
 * write them.
 */
export async function sameQuery(
  pairs: readonly (readonly [wanted: string, loaded: string])[],
  format: (expr: string) => Promise<string>,
): Promise<SameQuery> {
  const unlike = pairs.filter(([a, b]) => withoutSpace(a) !== withoutSpace(b))
  const asked = [...new Set(unlike.flat())]
  const forms = new Map(await Promise.all(asked.map(async (expr) => [expr, await format(expr)] as const)))
  return (a, b) => withoutSpace(a) === withoutSpace(b) || (forms.get(a) !== undefined && forms.get(a) === forms.get(b))
}

/** An expression without what stands between its words: what is in quotes stays as it is. */
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
