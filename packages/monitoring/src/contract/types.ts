/** A metric that a query needs, and its user. */
export interface Need {
  readonly name: string
  /** Only from this job. Undefined for any job. */
  readonly job?: string
  readonly labels: readonly string[]
  /** `alert KubePodCrashLooping`, `panel “CPU usage” of nodes`. */
  readonly user: string
}

/**
 * The metrics that a component's images and charts must keep serving: packages/<component>/metrics.json. By job, each metric
 * with its labels, sorted, so that a change is one line in a diff.
 */
export interface ContractFile {
  readonly jobs: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  /** Metrics that have series only after certain events. They may have none, but their metadata must exist. */
  readonly seldom: readonly string[]
}

/** The files by component name. */
export type Contract = Readonly<Record<string, ContractFile>>

/** The job of metrics that several jobs serve: any of them will do. */
export const ANY_JOB = '*'

/** The job of metrics that Prometheus records by rules. */
export const RULES = 'rules'

/** The job of each metric and the owner of each job: from a cluster when files are written, otherwise from the files. */
export interface Ownership {
  /** The job (or `*`, or `rules`) by metric name. */
  readonly jobs: ReadonlyMap<string, string>
  /** The component by job. */
  readonly owners: ReadonlyMap<string, string>
  readonly seldom: ReadonlySet<string>
}
