/** Cores and bytes. Undefined if the spec has no value. */
export interface Resources {
  readonly cpu?: number
  readonly memory?: number
}

/** A container of a pod, from the API server. */
export interface SpecifiedContainer {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** Whether it is part of the platform, by the label of its pod. */
  readonly managed: boolean
  /** Whether a check created its pod, which may be deleted before Prometheus has all series. Nothing waits for them. */
  readonly temporary: boolean
  readonly requests: Resources
  readonly limits: Resources
  readonly restarts: number
  /** Whether its last termination was an OOM kill. */
  readonly lastTerminationOom: boolean
  /** The start time in milliseconds since 1970. Undefined if it is not running. */
  readonly startedAt?: number
}

/** The results of Prometheus: for each query, the values by `namespace/pod/container`. */
export type Measured = Readonly<Record<QueryName, ReadonlyMap<string, readonly number[]>>>

export type QueryName =
  | 'memoryLimit'
  | 'cpuLimit'
  | 'ksmMemoryLimit'
  | 'ksmCpuLimit'
  | 'ksmMemoryRequest'
  | 'ksmCpuRequest'
  | 'restarts'
  | 'memory'
  | 'cpu'
  | 'peak'
  | 'peakCpu'
  | 'throttled'
  | 'oomKills'
  | 'lastTerminationOom'
  | 'lastSampleTime'

/** A value and its source. */
export interface SourceValue {
  readonly source: string
  /** Undefined if the source has no value. */
  readonly value?: number
}

/** Two sources with different values. */
export interface Mismatch {
  readonly field: string
  readonly unit: 'bytes' | 'cores' | 'count'
  readonly values: readonly [SourceValue, SourceValue]
}

/** A running container: limits, usage, and whether the sources agree. */
export interface LimitRow {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly managed: boolean
  readonly requests: Resources
  readonly limits: Resources
  readonly usage: Resources
  /** The peak working set within the retention of Prometheus, in bytes. */
  readonly peak?: number
  /** The peak as a share of the memory limit: 0.9 is 90 %. */
  readonly memoryUtilization?: number
  /** The peak CPU usage, averaged over five minutes, in cores. */
  readonly peakCpu?: number
  /** The CPU peak as a share of the CPU limit. */
  readonly cpuUtilization?: number
  /** The share of throttled CPU periods in the last five minutes, 0 to 1. */
  readonly throttled?: number
  readonly oomKills: number
  readonly restarts: number
  /** `pending`: the warm-up of two scrapes, in which Prometheus does not have all series yet. */
  readonly state: 'match' | 'mismatch' | 'pending'
  readonly mismatches: readonly Mismatch[]
  /** `no memory limit`, `at 93 % of its memory limit`, `throttled in 40 % of its CPU periods`. */
  readonly notes: readonly string[]
}

export interface Limits {
  /** Sorted by memory utilization, highest first. */
  readonly rows: readonly LimitRow[]
  /** Containers with current series in Prometheus whose pods do not exist in the API server. */
  readonly stale: readonly string[]
  /** Whether all sources agree. If not, recent changes may not have reached Prometheus yet. */
  readonly settled: boolean
}
