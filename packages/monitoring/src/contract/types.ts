/** A series that a query needs, and who asks for it. */
export interface Need {
  readonly name: string
  /** Only that of this job; undefined: whoever serves it. */
  readonly job?: string
  readonly labels: readonly string[]
  /** `rule KubePodCrashLooping`, `dashboard nodes: CPU`. */
  readonly user: string
}

/**
 * What one component's images and charts must go on serving: packages/<component>/metrics.json. By the job that scrapes
 * it, each name with its labels, sorted: a change reads as one line in a diff.
 */
export interface ContractFile {
  readonly jobs: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  /** Names that have series only when something has happened: they may have none, but must be known to whoever serves them. */
  readonly seldom: readonly string[]
}

/** The files by the component's name. */
export type Contract = Readonly<Record<string, ContractFile>>

/** Of names that several jobs serve: any of them will do. */
export const ANY_JOB = '*'

/** Of names that Prometheus makes itself, by rules. */
export const RULES = 'rules'

/** Where a name is at home, and who owns a job: asked of a cluster when the files are written, read from them afterwards. */
export interface Homes {
  /** The job (or `*`, or `rules`) by the name of a series. */
  readonly jobs: ReadonlyMap<string, string>
  /** The component by the job. */
  readonly owners: ReadonlyMap<string, string>
  readonly seldom: ReadonlySet<string>
}
