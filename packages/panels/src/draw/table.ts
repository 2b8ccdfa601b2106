import type { Panel } from '../model/dashboard.ts'
import type { QueryAnswer } from '../model/series.ts'
import { tableOf } from '../model/table.ts'
import { thresholdColor } from './colors.ts'
import { element } from './element.ts'
import { shownValue } from './mappings.ts'

/** A table; a click on a column's name sorts by it. */
export function drawTable(box: HTMLElement, panel: Panel, answers: readonly QueryAnswer[]): void {
  const { columns, rows } = tableOf(panel, answers)
  const body = element('tbody')
  const fill = (by: number, descending: boolean) => {
    const sorted = [...rows].sort((a, b) => compare(a[by] ?? null, b[by] ?? null) * (descending ? -1 : 1))
    body.replaceChildren(...sorted.map((row) => element('tr', {}, ...row.map(cell))))
  }
  const isNumeric = (by: number) => rows.some((row) => typeof row[by] === 'number')
  const cell = (value: string | number | null, n: number) => {
    const config = columns[n]?.config ?? {}
    if (value === null && !isNumeric(n)) return element('td')
    if (typeof value === 'string') return element('td', {}, value)
    const colored = (config.custom?.cellOptions as { type?: string } | undefined)?.type?.startsWith('color')
    const color = colored ? thresholdColor(value, config) : undefined
    return element('td', { class: 'number', style: color && `color:${color}` }, shownValue(value, config))
  }
  let last: { by: number; descending: boolean } | undefined
  const heads = columns.map(({ name }, by) => {
    const numeric = isNumeric(by)
    const head = element('th', { scope: 'col', tabindex: 0, class: numeric && 'number' }, name)
    head.addEventListener('click', () => {
      last = { by, descending: last?.by === by ? !last.descending : true }
      fill(last.by, last.descending)
    })
    return head
  })
  fill(
    firstSort(
      panel,
      columns.map(({ name }) => name),
    ),
    descendingSort(panel),
  )
  box.append(
    element('div', { class: 'table' }, element('table', {}, element('thead', {}, element('tr', {}, ...heads)), body)),
  )
}

interface SortBy {
  readonly displayName?: string
  readonly desc?: boolean
}

function sortOf(panel: Panel): SortBy | undefined {
  return (panel.options as { sortBy?: readonly SortBy[] } | undefined)?.sortBy?.[0]
}

function firstSort(panel: Panel, names: readonly string[]): number {
  return Math.max(0, names.indexOf(sortOf(panel)?.displayName ?? ''))
}

function descendingSort(panel: Panel): boolean {
  return Boolean(sortOf(panel)?.desc)
}

function compare(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a ?? '').localeCompare(String(b ?? ''), 'en', { numeric: true })
}
