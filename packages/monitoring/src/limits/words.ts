import { styleText } from '@platform/core'
import { NEAR } from './compare.ts'
import type { LimitRow, Limits, Mismatch, Said } from './types.ts'

const units = ['', 'Ki', 'Mi', 'Gi', 'Ti']

/** `256Mi`: as specs write it. */
export function bytesText(value: number): string {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, value)) / 10)))
  return `${rounded(value / 1024 ** power)}${units[power]}`
}

/** `100m`, `2`: cores as specs write them. */
export function coresText(value: number): string {
  return value >= 1 ? rounded(value) : `${rounded(value * 1000)}m`
}

function rounded(value: number): string {
  return String(value >= 100 ? Math.round(value) : Math.round(value * 10) / 10)
}

/** `monitoring/prometheus-0/server: memory limit: API server 256Mi, container_spec_memory_limit_bytes nothing`. */
export function mismatchText(row: LimitRow, { field: what, unit, values: said }: Mismatch): string {
  const texts = said.map(
    ({ source, value }: Said) => `${source} ${value === undefined ? 'nothing' : format(value, unit)}`,
  )
  return `${row.namespace}/${row.pod}/${row.container}: ${what}: ${texts.join(', ')}`
}

function format(value: number, unit: Mismatch['unit']): string {
  if (unit === 'count') return String(value)
  const text = unit === 'bytes' ? bytesText(value) : coresText(value)
  // Two values that read alike are told to the last digit.
  return `${text} (${value})`
}

/** Everything that disagrees, in words. */
export function problemsOf({ rows, stale: gone }: Limits): string[] {
  return [
    ...rows.flatMap((row) => (row.state === 'mismatch' ? row.mismatches.map((each) => mismatchText(row, each)) : [])),
    ...gone.map((key) => `${key}: Prometheus tells of it, the API server has no such pod`),
  ]
}

/** What to know of rows that is no disagreement: no limits, near a limit, not seen yet. */
export function notesOf({ rows }: Limits): string[] {
  return rows.flatMap((row) => {
    const notes = [...row.notes, ...(row.state === 'pending' ? ['not seen by Prometheus yet'] : [])]
    return notes.length ? [`${row.namespace}/${row.pod}/${row.container}: ${notes.join(', ')}`] : []
  })
}

const header = ['namespace', 'pod', 'container', 'requests', 'limits', 'use', 'peak', '% of limit', 'throttled', 'OOM']

/** The cells of the table, its head first. */
export function limitCells(rows: readonly LimitRow[], color: boolean): string[][] {
  return [[...header, 'restarts', ''], ...rows.map((row) => cells(row, color))]
}

function cells(row: LimitRow, color: boolean): string[] {
  const pair = ({ cpu, memory }: LimitRow['usage']) =>
    `${cpu === undefined ? '–' : coresText(cpu)} ${memory === undefined ? '–' : bytesText(memory)}`
  const percent = (value: number | undefined) => (value === undefined ? '–' : `${(value * 100).toFixed(1)} %`)
  const part = (value: number | undefined) =>
    value !== undefined && value >= NEAR ? styleText('red', percent(value), color) : percent(value)
  return [
    ...[row.namespace, row.pod, styleText('bold', row.container, color)],
    ...[pair(row.requests), pair(row.limits), pair(row.usage)],
    pair({ cpu: row.peakCpu, memory: row.peak }),
    `${part(row.cpuUtilization)}, ${part(row.memoryUtilization)}`,
    percent(row.throttled),
    row.oomKills ? styleText('red', String(row.oomKills), color) : '0',
    String(row.restarts),
    row.state === 'match' ? '' : styleText(row.state === 'mismatch' ? 'red' : 'yellow', row.state, color),
  ]
}
