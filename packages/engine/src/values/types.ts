import type { Values } from '../component/identity.ts'

/** Where a chart comes from. */
export type ChartSource =
  /** The component's own folder `chart/`. */
  | { readonly kind: 'own'; readonly path: string }
  /** An overlay's `chart:`, a folder or archive of this machine. */
  | { readonly kind: 'path'; readonly path: string }
  /** An overlay's `chart:`: `oci://…` at a version. */
  | { readonly kind: 'oci'; readonly ref: string; readonly version: string }
  /** An overlay's `chart:`: a chart of a repository at a version. */
  | { readonly kind: 'repo'; readonly repo: string; readonly ref: string; readonly version: string }

/** What a release should be: all that Helm is given. Made from files and settings alone; no cluster is asked. */
export interface DesiredRelease {
  /** At most 63 characters, fit for a label. */
  readonly fingerprint: string
  readonly chart: ChartSource
  /** Everything above the chart's own defaults, in one: hand it over through stdin (`--values -`). No secrets. */
  readonly values: Values
  /** The files of the overlays that say something about it, absolute, later ones over earlier ones. */
  readonly overlays: readonly string[]
}
