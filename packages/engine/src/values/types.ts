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

/** The desired release: everything that Helm is given. Computed from files and settings, without the cluster. */
export interface DesiredRelease {
  /** At most 63 characters, fit for a label. */
  readonly fingerprint: string
  readonly chart: ChartSource
  /** All values above the chart's defaults. Helm gets them through stdin (`--values -`). No secrets. */
  readonly values: Values
  /** The overlay files, absolute; later ones win. */
  readonly overlays: readonly string[]
}
