import type { FieldConfig, Panel } from './dashboard.ts'
import { configOf, number, type QueryAnswer } from './series.ts'

export interface TableColumn {
  readonly name: string
  readonly config: FieldConfig
}

export interface Table {
  readonly columns: readonly TableColumn[]
  readonly rows: readonly (readonly (string | number | null)[])[]
}

interface Organize {
  readonly excludeByName?: Readonly<Record<string, boolean>>
  readonly indexByName?: Readonly<Record<string, number>>
  readonly renameByName?: Readonly<Record<string, string>>
}

/**
 * The rows of a table panel: one for each set of labels, one column for each label and for each query's value. Of
 * Grafana's transformations `merge`, `joinByField` and `organize` are followed; a query's column is called `Value #A` as
 * there, or `Value` when there is one query only.
 */
export function tableOf(panel: Panel, answers: readonly QueryAnswer[]): Table {
  const single = answers.length === 1
  const valueName = (refId: string) => (single ? 'Value' : `Value #${refId}`)
  const join = option<{ byField?: string }>(panel, 'joinByField')?.byField
  const rows = new Map<string, Record<string, string | number | null>>()
  for (const { refId, result } of answers) {
    for (const { metric, value, values } of result) {
      const point = value ?? values?.at(-1)
      const { __name__: _, ...labels } = metric
      const key = join ? (labels[join] ?? '') : JSON.stringify(Object.entries(labels).sort())
      const row = rows.get(key) ?? {}
      rows.set(key, { ...row, ...labels, ...(point && { [valueName(refId)]: number(point[1]) }) })
    }
  }
  const organize = option<Organize>(panel, 'organize') ?? {}
  const names = [...new Set([...rows.values()].flatMap((row) => Object.keys(row)))]
  const shown = orderedNames(
    names,
    organize,
    answers.map(({ refId }) => valueName(refId)),
  )
  return {
    columns: shown.map((name) => column(panel, name, organize.renameByName?.[name] || name)),
    rows: [...rows.values()].map((row) => shown.map((name) => row[name] ?? null)),
  }
}

function orderedNames(names: readonly string[], organize: Organize, valueNames: readonly string[]): string[] {
  const place = (name: string) => organize.indexByName?.[name] ?? (valueNames.includes(name) ? 1000 : 500)
  return names
    .filter((name) => !organize.excludeByName?.[name] && name !== 'Time')
    .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
}

function column(panel: Panel, name: string, shown: string): TableColumn {
  const refId = /^Value #(\w+)$/.exec(name)?.[1] ?? 'A'
  const config = configOf(panel, shown, refId)
  return { name: config.displayName ?? shown, config }
}

function option<T>(panel: Panel, id: string): T | undefined {
  return panel.transformations?.find((each) => each.id === id)?.options as T | undefined
}
