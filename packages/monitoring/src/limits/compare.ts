import { isNear } from '../checks/limits.ts'
import type { LimitRow, Limits, Measured, Mismatch, Question, Said, SpecifiedContainer } from './types.ts'

/** Two scrapes, and cAdvisor's own look at the cgroups before them. */
const SETTLED_MS = 45_000

/** From here on a container is said to be near its limit. */
export const NEAR = 0.9

/** From here on it is said to be held back: a container that is busy now and then is, a little. */
const HELD_BACK = 0.25

/** The rows of all running containers, with what the sources disagree about. Pure. */
export function compareLimits(containers: readonly SpecifiedContainer[], measured: Measured, now: number): Limits {
  const running = containers.filter(({ startedAt }) => startedAt !== undefined)
  const rows = running.map((one) => ({ one, row: rowOf(one, measured, now) }))
  const gone = goneOf(containers, measured, now)
  const settled = !gone.length && rows.every(({ one, row }) => one.fleeting || row.state === 'match')
  return { rows: rows.map(({ row }) => row).sort(byUse), stale: gone, settled }
}

function rowOf(one: SpecifiedContainer, measured: Measured, now: number): LimitRow {
  const { namespace, pod, container, ours, requests, limits, restarts } = one
  const key = `${namespace}/${pod}/${container}`
  const first = (question: Question) => measured[question].get(key)?.[0]
  const disagreements = mismatchesOf(one, measured, key)
  const peak = highest(first('peak'), first('memory'))
  const ofLimit = part(peak, limits.memory)
  const peakCpu = highest(first('peakCpu'), first('cpu'))
  const ofCpuLimit = part(peakCpu, limits.cpu)
  const throttled = first('throttled')
  const young = now - (one.startedAt ?? now) < SETTLED_MS
  return {
    ...{ namespace, pod, container, managed: ours, requests, limits, restarts, mismatches: disagreements },
    usage: { cpu: first('cpu'), memory: first('memory') },
    ...{ peak, memoryUtilization: ofLimit, peakCpu, cpuUtilization: ofCpuLimit, throttled },
    oomKills: Math.max(first('oomKills') ?? 0, one.lastEndOom ? 1 : 0),
    state: disagreements.length ? (young ? 'pending' : 'mismatch') : 'match',
    notes: [
      ...(limits.memory === undefined ? ['no memory limit'] : []),
      ...(limits.cpu === undefined ? ['no CPU limit'] : []),
      ...atLeast(NEAR, ofLimit, (percent) => `at ${percent} of its memory limit`),
      ...atLeast(NEAR, ofCpuLimit, (percent) => `at ${percent} of its CPU limit`),
      ...atLeast(HELD_BACK, throttled, (percent) => `held back in ${percent} of its periods`),
    ],
  }
}

function part(used: number | undefined, limit: number | undefined): number | undefined {
  return used !== undefined && limit ? used / limit : undefined
}

function atLeast(least: number, value: number | undefined, say: (percent: string) => string): string[] {
  return value !== undefined && value >= least ? [say(`${Math.round(value * 100)} %`)] : []
}

const spec = 'API server'
const lastReason = 'kube_pod_container_status_last_terminated_reason'
const cadvisor = { memoryLimit: 'container_spec_memory_limit_bytes', cpuLimit: 'container_spec_cpu_quota / _period' }

/**
 * cAdvisor says 0 where there is no memory limit, and -1 or nothing where there is none for the CPU. Its own count of OOM
 * kills begins anew with each container: what can be compared is how the last one ended.
 */
function mismatchesOf(one: SpecifiedContainer, measured: Measured, key: string) {
  const { limits, requests, restarts, lastEndOom } = one
  const ksm = (kind: string) => `kube_pod_container_resource_${kind}`
  const checks: readonly [Question, Mismatch['field'], Mismatch['unit'], string, number | undefined][] = [
    ['memoryLimit', 'memory limit', 'bytes', cadvisor.memoryLimit, limits.memory ?? 0],
    ['cpuLimit', 'CPU limit', 'cores', cadvisor.cpuLimit, limits.cpu],
    ['statedMemoryLimit', 'memory limit', 'bytes', ksm('limits'), limits.memory],
    ['statedCpuLimit', 'CPU limit', 'cores', ksm('limits'), limits.cpu],
    ['statedMemoryRequest', 'memory request', 'bytes', ksm('requests'), requests.memory],
    ['statedCpuRequest', 'CPU request', 'cores', ksm('requests'), requests.cpu],
    ['restarts', 'restarts', 'count', 'kube_pod_container_status_restarts_total', restarts],
    ['lastEndOom', 'last end OOMKilled', 'count', lastReason, lastEndOom ? 1 : undefined],
  ]
  const found = checks.flatMap(([question, field, unit, source, value]) =>
    differences({ field, unit, spec: { source: spec, value }, source, values: heard(question, measured, key) }),
  )
  const used = measured.memory.has(key)
    ? []
    : [
        {
          ...{ field: 'memory in use', unit: 'bytes' as const },
          values: [{ source: `${spec}: it runs` }, { source: 'container_memory_working_set_bytes' }] as [Said, Said],
        },
      ]
  return [...found, ...used]
}

function heard(question: Question, measured: Measured, key: string): readonly number[] {
  const values = measured[question].get(key) ?? []
  return question === 'cpuLimit' || question === 'lastEndOom' ? values.filter((value) => value > 0) : values
}

interface Compared extends Pick<Mismatch, 'field' | 'unit'> {
  readonly spec: Said
  readonly source: string
  readonly values: readonly number[]
}

function differences({ field, unit, spec: wanted, source, values }: Compared): Mismatch[] {
  if (!values.length) return wanted.value === undefined ? [] : [{ field, unit, values: [wanted, { source }] }]
  return [...new Set(values)]
    .filter((value) => wanted.value === undefined || !isNear(value, wanted.value))
    .map((value) => ({ field, unit, values: [wanted, { source, value }] }))
}

/**
 * Containers of pods that are not there, and that Prometheus goes on being told of. What it only remembers is no problem:
 * one that has started anew shows the last values of series that it does not know to have ended for five minutes.
 */
function goneOf(containers: readonly SpecifiedContainer[], { lastTold }: Measured, now: number): string[] {
  const there = new Set(containers.map(({ namespace, pod }) => `${namespace}/${pod}/`))
  return [...lastTold]
    .filter(([, [seconds = 0]]) => now - seconds * 1000 < SETTLED_MS)
    .flatMap(([key]) => (there.has(key.slice(0, key.lastIndexOf('/') + 1)) ? [] : [key]))
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
