import type { Values } from '../component/identity.ts'

/** Helm's own words for where a release is. */
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

/** One revision, as its record's labels tell: no content is read for it. */
export interface ReleaseRevision {
  readonly revision: number
  readonly status: ReleaseStatus
  /** Our label; undefined: whoever made this revision was not us. */
  readonly fingerprint: string | undefined
  /** When the record was last changed, ISO 8601. */
  readonly changedAt: string
  /** The name of the Secret that is the record. */
  readonly secret: string
  readonly labels: Readonly<Record<string, string>>
}

/** All of what Helm keeps of a release, newest first. */
export interface ReleaseHistory {
  readonly release: string
  readonly namespace: string
  readonly revisions: readonly ReleaseRevision[]
  readonly newest: ReleaseRevision | undefined
  /** The newest one with the status `deployed`. */
  readonly deployed: ReleaseRevision | undefined
  /** The newest one while it is `pending-*` or `uninstalling`: by someone who works on it, or who died at it. */
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
  /** The values that were handed to Helm, without the chart's defaults. */
  readonly config: Values
  /** What was rendered, YAML. */
  readonly manifest: string
  /** Helm's hooks: their manifests, YAML. */
  readonly hooks: readonly string[]
}
