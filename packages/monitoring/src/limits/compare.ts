import { isNear } from '../checks/limits.ts'
import type { LimitRow, Limits, Measured, Mismatch, QueryName, SourceValue, SpecifiedContainer } from './types.ts'

/** Two scrapes, after cAdvisor has discovered the cgroup. */
const SETTLED_MS = 45_000

/** From this share on, a container is near its limit. */
export const NEAR_LIMIT = 0.9

/** From this share on, throttling is noted. Short peaks of CPU usage cause some throttling in most containers. */
const THROTTLED = 0.25

/** The rows of all running containers, with the mismatches of the sources. Pure. */
export function compareLimits(containers: readonly SpecifiedContainer[], measured: Measured, now: number): Limits {
  const running = containers.filter(({ startedAt }) => startedAt !== undefined)
  const rows = running.map((one) => ({ one, row: rowOf(one, measured, now) }))
  const stale = staleOf(containers, measured, now)
  const settled = !stale.length && rows.every(({ one, row }) => one.temporary || row.state === 'match')
  return { rows: rows.map(({ row }) => row).sort(byUse), stale, settled }
}

function rowOf(one: SpecifiedContainer, measured: Measured, now: number): LimitRow {
  const { namespace, pod, container, managed, requests, limits, restarts } = one
  const key = `${namespace}/${pod}/${container}`
  const first = (query: QueryName) => measured[query].get(key)?.[0]
  const mismatches = mismatchesOf(one, measured, key)
  const peak = highest(first('peak'), first('memory'))
  const memoryUtilization = share(peak, limits.memory)
  const peakCpu = highest(first('peakCpu'), first('cpu'))
  const cpuUtilization = share(peakCpu, limits.cpu)
  const throttled = first('throttled')
  const warmingUp = now - (one.startedAt ?? now) < SETTLED_MS
  return {
    ...{ namespace, pod, container, managed, requests, limits, restarts, mismatches },
    usage: { cpu: first('cpu'), memory: first('memory') },
    ...{ peak, memoryUtilization, peakCpu, cpuUtilization, throttled },
    oomKills: Math.max(first('oomKills') ?? 0, one.lastTerminationOom ? 1 : 0),
    state: mismatches.length ? (warmingUp ? 'pending' : 'mismatch') : 'match',
    notes: [
      ...(limits.memory === undefined ? ['no memory limit'] : []),
      ...(limits.cpu === undefined ? ['no CPU limit'] : []),
      ...atLeast(NEAR_LIMIT, memoryUtilization, (percent) => `at ${percent} of its memory limit`),
      ...atLeast(NEAR_LIMIT, cpuUtilization, (percent) => `at ${percent} of its CPU limit`),
      ...atLeast(THROTTLED, throttled, (percent) => `throttled in ${percent} of its CPU periods`),
    ],
  }
}

function share(used: number | undefined, limit: number | undefined): number | undefined {
  return used !== undefined && limit ? used / limit : undefined
}

function atLeast(least: number, value: number | undefined, note: (percent: string) => string): string[] {
  return value !== undefined && value >= least ? [note(`${Math.round(value * 100)} %`)] : []
}

const spec = 'API server'
const lastReason = 'kube_pod_container_status_last_terminated_reason'
const cadvisor = { memoryLimit: 'container_spec_memory_limit_bytes', cpuLimit: 'container_spec_cpu_quota / _period' }

/**
 * Without a memory limit cAdvisor reports 0; without a CPU limit -1 or no series. Its counter of OOM kills restarts with
 * each container, so the reason of the last termination is compared instead.
 */
function mismatchesOf(one: SpecifiedContainer, measured: Measured, key: string) {
  const { limits, requests, restarts, lastTerminationOom } = one
  const ksm = (kind: string) => `kube_pod_container_resource_${kind}`
  const checks: readonly [QueryName, Mismatch['field'], Mismatch['unit'], string, number | undefined][] = [
    ['memoryLimit', 'memory limit', 'bytes', cadvisor.memoryLimit, limits.memory ?? 0],
    ['cpuLimit', 'CPU limit', 'cores', cadvisor.cpuLimit, limits.cpu],
    ['ksmMemoryLimit', 'memory limit', 'bytes', ksm('limits'), limits.memory],
    ['ksmCpuLimit', 'CPU limit', 'cores', ksm('limits'), limits.cpu],
    ['ksmMemoryRequest', 'memory request', 'bytes', ksm('requests'), requests.memory],
    ['ksmCpuRequest', 'CPU request', 'cores', ksm('requests'), requests.cpu],
    ['restarts', 'restarts', 'count', 'kube_pod_container_status_restarts_total', restarts],
    ['lastTerminationOom', 'last termination OOMKilled', 'count', lastReason, lastTerminationOom ? 1 : undefined],
  ]
  const found = checks.flatMap(([query, field, unit, source, value]) =>
    differences({ field, unit, spec: { source: spec, value }, source, values: valuesOf(query, measured, key) }),
  )
  const used = measured.memory.has(key)
    ? []
    : [
        {
          ...{ field: 'memory in use', unit: 'bytes' as const },
          values: [{ source: `${spec}: running` }, { source: 'container_memory_working_set_bytes' }] as [
            SourceValue,
            SourceValue,
          ],
        },
      ]
  return [...found, ...used]
}

function valuesOf(query: QueryName, measured: Measured, key: string): readonly number[] {
  const values = measured[query].get(key) ?? []
  return query === 'cpuLimit' || query === 'lastTerminationOom' ? values.filter((value) => value > 0) : values
}

interface Compared extends Pick<Mismatch, 'field' | 'unit'> {
  readonly spec: SourceValue
  readonly source: string
  readonly values: readonly number[]
}

function differences({ field, unit, spec: expected, source, values }: Compared): Mismatch[] {
  if (!values.length) return expected.value === undefined ? [] : [{ field, unit, values: [expected, { source }] }]
  return [...new Set(values)]
    .filter((value) => expected.value === undefined || !isNear(value, expected.value))
    .map((value) => ({ field, unit, values: [expected, { source, value }] }))
}

/**
 * Containers that Prometheus still scrapes although their pods do not exist. Old samples are no problem: after a restart,
 * Prometheus returns series that ended during its downtime for another five minutes.
 */
function staleOf(containers: readonly SpecifiedContainer[], { lastSampleTime }: Measured, now: number): string[] {
  const existing = new Set(containers.map(({ namespace, pod }) => `${namespace}/${pod}/`))
  return [...lastSampleTime]
    .filter(([, [seconds = 0]]) => now - seconds * 1000 < SETTLED_MS)
    .flatMap(([key]) => (existing.has(key.slice(0, key.lastIndexOf('/') + 1)) ? [] : [key]))
    .sort()
}

function highest(...values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length ? Math.max(...known) : undefined
}

function byUse(a: LimitRow, b: LimitRow): number {
  const names = (row: LimitRow) => `${row.namespace}/${row.pod}/${row.container}`
  return (b.memoryUtilization ?? -1) - (a.memoryUtilization ?? -1) || names(a).localeCompare(names(b), 'en')
}
