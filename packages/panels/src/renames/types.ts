/** A metric that has another name now. */
export interface MetricRename {
  /** The old name; with `*` at its end all that begin so. */
  readonly from: string
  /** The new one; with `*` the rest of the old one stays. */
  readonly to: string
  /** Labels that now say what the old name said. */
  readonly with?: Readonly<Record<string, string>>
  /** Labels that have another name on the new metric. */
  readonly labels?: Readonly<Record<string, string>>
  /** The new value times this is the old: 1000 where milliseconds became seconds. */
  readonly times?: number
  /** It was a summary: its quantiles are computed of the new one's buckets now. */
  readonly quantiles?: boolean
  /** Of buckets: their new bounds times this are the old. */
  readonly bounds?: number
}

/** A label that has another name now. */
export interface LabelRename {
  /** The metrics that carry it: all that begin so. Empty: all. */
  readonly of: string
  readonly from: string
  /** The first that the metric has. */
  readonly to: readonly string[]
}

/** A metric that is gone, with nothing in its place under another name. */
export interface Gone {
  readonly name: string
  /** What it was given up for, or what to do. */
  readonly why: string
}

/** What one release of a program gave other names. */
export interface Renames {
  /** `Kubernetes 1.16`; without: no release, but how Prometheus is configured. */
  readonly since?: string
  readonly metrics?: readonly MetricRename[]
  readonly labels?: readonly LabelRename[]
  readonly gone?: readonly Gone[]
}
