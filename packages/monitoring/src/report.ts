import type { ReportRow, ReportSections } from '@platform/engine'
import { type LimitRow, problemsOf, readSettledLimits } from './limits/index.ts'

/** How long recent changes may take to settle, in ms. */
const settleMs = 20_000

/** The report's section on monitoring: limits and usage of every container. */
export const sections: ReportSections = async (context) => {
  const prometheus = await context.prometheus()
  const limits = await readSettledLimits({ api: context.api, prometheus, signal: context.signal }, settleMs)
  const problems = problemsOf(limits)
  const verdict = problems.length ? `${problems.length} mismatches: ${problems.join('; ')}` : 'They agree.'
  return [
    {
      id: 'limits',
      title: 'Limits',
      note: `${limits.rows.length} containers, compared between the API server and Prometheus. ${verdict}`,
      columns: [
        ...[{ name: 'namespace' }, { name: 'pod' }, { name: 'container' }],
        ...[cores('CPU request'), cores('CPU limit'), cores('CPU used'), cores('CPU peak')],
        ...[
          { name: 'CPU peak of limit', unit: 'percentunit' },
          { name: 'throttled', unit: 'percentunit' },
        ],
        ...[bytes('memory request'), bytes('memory limit'), bytes('memory used'), bytes('memory peak')],
        ...[
          { name: 'memory peak of limit', unit: 'percentunit' },
          count('OOM kills'),
          count('restarts'),
          { name: 'notes' },
        ],
      ],
      rows: limits.rows.map(rowOf),
    },
  ]
}

const bytes = (name: string) => ({ name, unit: 'bytes' })
const cores = (name: string) => ({ name, unit: 'none' })
const count = (name: string) => ({ name, unit: 'none' })

function rowOf(row: LimitRow): ReportRow {
  const { namespace, pod, container, requests, limits, usage, oomKills, restarts } = row
  const numbers = [
    ...[requests.cpu, limits.cpu, usage.cpu, row.peakCpu, row.cpuUtilization, row.throttled],
    ...[requests.memory, limits.memory, usage.memory, row.peak, row.memoryUtilization],
  ]
  const notes = [...(row.state === 'match' ? [] : [row.state]), ...row.notes].join(', ')
  const state = row.state === 'mismatch' ? 'failed' : row.notes.length || oomKills ? 'warning' : undefined
  return {
    cells: [namespace, pod, container, ...numbers.map((each) => each ?? null), oomKills, restarts, notes],
    state,
  }
}
