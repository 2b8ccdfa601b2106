/** Cores and bytes; undefined: the spec names none. */
export interface Resources {
  readonly cpu?: number
  readonly memory?: number
}

/** A container of a pod, as the API server has it. */
export interface SpecifiedContainer {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  /** A part of the platform: its pod says so by its label. */
  readonly ours: boolean
  /** A check made its pod, which is gone before Prometheus knows all of it: nobody waits for that. */
  readonly fleeting: boolean
  readonly requests: Resources
  readonly limits: Resources
  readonly restarts: number
  /** Its last end was for want of memory. */
  readonly lastEndOom: boolean
  /** It runs since then, in milliseconds since 1970; undefined: it does not run now. */
  readonly startedAt?: number
}

/** What Prometheus tells of containers: for each question the values by `namespace/pod/container`. */
export type Measured = Readonly<Record<Question, ReadonlyMap<string, readonly number[]>>>

export type Question =
  | 'memoryLimit'
  | 'cpuLimit'
  | 'statedMemoryLimit'
  | 'statedCpuLimit'
  | 'statedMemoryRequest'
  | 'statedCpuRequest'
  | 'restarts'
  | 'memory'
  | 'cpu'
  | 'peak'
  | 'peakCpu'
  | 'throttled'
  | 'oomKills'
  | 'lastEndOom'
  | 'lastTold'

/** One value of one thing, and who says so. */
export interface Said {
  readonly source: string
  /** Undefined: it says nothing. */
  readonly value?: number
}

/** Two that should say the same, and do not. */
export interface Mismatch {
  readonly field: string
  readonly unit: 'bytes' | 'cores' | 'count'
  readonly values: readonly [Said, Said]
}

/** One running container: what it may use, what it uses, and whether all agree about it. */
export interface LimitRow {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly managed: boolean
  readonly requests: Resources
  readonly limits: Resources
  readonly usage: Resources
  /** The most memory that it worked with, as far as Prometheus remembers, in bytes. */
  readonly peak?: number
  /** The peak, as a part of the memory limit: 0.9 is 90 %. */
  readonly memoryUtilization?: number
  /** The most CPU that it used, on the average of five minutes, in cores. */
  readonly peakCpu?: number
  /** That, as a part of the CPU limit. */
  readonly cpuUtilization?: number
  /** The part of the last five minutes' periods in which it was held back, 0 to 1. */
  readonly throttled?: number
  readonly oomKills: number
  readonly restarts: number
  /** `pending`: it is younger than two scrapes, and Prometheus does not know all of it. */
  readonly state: 'match' | 'mismatch' | 'pending'
  readonly mismatches: readonly Mismatch[]
  /** `no memory limit`, `at 93 % of its memory limit`, `held back in 40 % of its periods`. */
  readonly notes: readonly string[]
}

export interface Limits {
  /** By the part of the limit that was used, highest first. */
  readonly rows: readonly LimitRow[]
  /** Prometheus tells of these, and the API server does not have their pods (any more). */
  readonly stale: readonly string[]
  /** All agree: asked again, they would say the same. Otherwise something may be on its way. */
  readonly settled: boolean
}
