import { styleText } from '@platform/core'
import { NEAR_LIMIT } from './compare.ts'
import type { LimitRow, Limits, Mismatch, SourceValue } from './types.ts'

const units = ['', 'Ki', 'Mi', 'Gi', 'Ti']

/** Bytes in the notation of specs: `256Mi`. */
export function bytesText(value: number): string {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, value)) / 10)))
  return `${rounded(value / 1024 ** power)}${units[power]}`
}

/** Cores in the notation of specs: `100m`, `2`. */
export function coresText(value: number): string {
  return value >= 1 ? rounded(value) : `${rounded(value * 1000)}m`
}

function rounded(value: number): string {
  return String(value >= 100 ? Math.round(value) : Math.round(value * 10) / 10)
}

/** `monitoring/prometheus-0/server: memory limit: API server 256Mi, container_spec_memory_limit_bytes none`. */
export function mismatchText(row: LimitRow, { field, unit, values }: Mismatch): string {
  const texts = values.map(
    ({ source, value }: SourceValue) => `${source} ${value === undefined ? 'none' : format(value, unit)}`,
  )
  return `${row.namespace}/${row.pod}/${row.container}: ${field}: ${texts.join(', ')}`
}

function format(value: number, unit: Mismatch['unit']): string {
  if (unit === 'count') return String(value)
  const text = unit === 'bytes' ? bytesText(value) : coresText(value)
  // The exact value is added, because two different values can have the same rounded text.
  return `${text} (${value})`
}

/** The mismatches as messages. */
export function problemsOf({ rows, stale }: Limits): string[] {
  return [
    ...rows.flatMap((row) => (row.state === 'mismatch' ? row.mismatches.map((each) => mismatchText(row, each)) : [])),
    ...stale.map((key) => `${key}: Prometheus has series of it, but the API server has no such pod`),
  ]
}

/** Notes on rows that are no mismatch: no limits, near a limit, or no data in Prometheus yet. */
export function notesOf({ rows }: Limits): string[] {
  return rows.flatMap((row) => {
    const notes = [...row.notes, ...(row.state === 'pending' ? ['no data in Prometheus yet'] : [])]
    return notes.length ? [`${row.namespace}/${row.pod}/${row.container}: ${notes.join(', ')}`] : []
  })
}

const header = [
  'namespace',
  'pod',
  'container',
  'requests',
  'limits',
  'usage',
  'peak',
  '% of limit',
  'throttled',
  'OOM',
]

/** The cells of the table, with the header row first. */
export function limitCells(rows: readonly LimitRow[], color: boolean): string[][] {
  return [[...header, 'restarts', ''], ...rows.map((row) => cells(row, color))]
}

function cells(row: LimitRow, color: boolean): string[] {
  const pair = ({ cpu, memory }: LimitRow['usage']) =>
    `${cpu === undefined ? '–' : coresText(cpu)} ${memory === undefined ? '–' : bytesText(memory)}`
  const percent = (value: number | undefined) => (value === undefined ? '–' : `${(value * 100).toFixed(1)} %`)
  const utilization = (value: number | undefined) =>
    value !== undefined && value >= NEAR_LIMIT ? styleText('red', percent(value), color) : percent(value)
  return [
    ...[row.namespace, row.pod, styleText('bold', row.container, color)],
    ...[pair(row.requests), pair(row.limits), pair(row.usage)],
    pair({ cpu: row.peakCpu, memory: row.peak }),
    `${utilization(row.cpuUtilization)}, ${utilization(row.memoryUtilization)}`,
    percent(row.throttled),
    row.oomKills ? styleText('red', String(row.oomKills), color) : '0',
    String(row.restarts),
    row.state === 'match' ? '' : styleText(row.state === 'mismatch' ? 'red' : 'yellow', row.state, color),
  ]
}
