import type { Query } from './panels.ts'

/**
 * Queries of the same form for several metrics.
 *
 * @param query gives the expression for a metric, or for a part of its name: `receive` of `…_receive_bytes_total`
 * @param legends the legend of each metric, in the panel's order
 */
export function lines(query: (metric: string) => string, legends: Readonly<Record<string, string>>): Query[] {
  return Object.entries(legends).map(([metric, legend]) => ({ expr: query(metric), legend }))
}

/** The same for a table, with a column heading for each metric. */
export function columns(query: (metric: string) => string, headings: Readonly<Record<string, string>>): Query[] {
  return Object.entries(headings).map(([metric, column]) => ({ expr: query(metric), column }))
}
