import type { Query } from './panels.ts'

/**
 * One line for each of several metrics that are asked for in the same way.
 *
 * @param ask the query of one of them, which is also told a part of a name: `receive` of `…_receive_bytes_total`
 * @param legends what each is called, in the panel's order
 */
export function lines(ask: (metric: string) => string, legends: Readonly<Record<string, string>>): Query[] {
  return Object.entries(legends).map(([metric, legend]) => ({ expr: ask(metric), legend }))
}

/** The same for a table: the heading of each one's column. */
export function columns(ask: (metric: string) => string, headings: Readonly<Record<string, string>>): Query[] {
  return Object.entries(headings).map(([metric, column]) => ({ expr: ask(metric), column }))
}
