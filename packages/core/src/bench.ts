/** One measurement of a benchmark, over several runs. */
export interface Figure {
  readonly name: string
  readonly unit: 's' | 'MB'
  /** One per run. */
  readonly values: readonly number[]
  /** Upper bound, if there is one. Only shown: a noisy machine may exceed it. */
  readonly target?: number
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[middle - (sorted.length % 2 === 0 ? 1 : 0)], sorted[middle]]
  if (low === undefined || high === undefined) throw new Error('median of no values')
  return (low + high) / 2
}

/** Formats figures as a table: minimum, median, maximum and target. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, values, target }) => {
    const show = (value: number) => `${value.toFixed(unit === 's' ? 2 : 0)} ${unit}`
    return [
      name,
      show(Math.min(...values)),
      show(median(values)),
      show(Math.max(...values)),
      target === undefined ? '' : `≤ ${target} ${unit}`,
    ]
  })
  const table = [['', 'min', 'median', 'max', 'target'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
  return table
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
