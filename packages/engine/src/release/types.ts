import type { Values } from '../component/identity.ts'

/** Helm's statuses of a release. */
export type ReleaseStatus =
  | 'unknown'
  | 'deployed'
  | 'uninstalled'
  | 'superseded'
  | 'failed'
  | 'uninstalling'
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback'

/** One revision, from its record's labels; the content is not read. */
export interface ReleaseRevision {
  readonly revision: number
  readonly status: ReleaseStatus
  /** From our label; undefined: not written by the platform. */
  readonly fingerprint: string | undefined
  /** When the record was last changed, ISO 8601. */
  readonly changedAt: string
  /** The Secret with the record. */
  readonly secret: string
  readonly labels: Readonly<Record<string, string>>
}

/** All revisions of a release, newest first. */
export interface ReleaseHistory {
  readonly release: string
  readonly namespace: string
  readonly revisions: readonly ReleaseRevision[]
  readonly newest: ReleaseRevision | undefined
  /** The newest one with the status `deployed`. */
  readonly deployed: ReleaseRevision | undefined
  /** The newest one if it is `pending-*` or `uninstalling`: an operation runs, or was killed. */
  readonly pending: (ReleaseRevision & { readonly ageMs: number }) | undefined
}

/** A revision with its content. */
export interface ReleaseRecord extends ReleaseRevision {
  readonly chart: {
    readonly name: string
    readonly version: string
    readonly appVersion?: string
    readonly values: Values
  }
  /** The values that Helm was given, without the chart's defaults. */
  readonly config: Values
  /** The rendered manifest, YAML. */
  readonly manifest: string
  /** Helm's hooks: their manifests, YAML. */
  readonly hooks: readonly string[]
}
