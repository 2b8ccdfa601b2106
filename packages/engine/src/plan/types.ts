import type { PodObject } from '@platform/cluster'
import type { ObservedObject } from '../diff/types.ts'
import type { ReleaseHistory, ReleaseRecord } from '../release/types.ts'
import type { DesiredSecret } from '../secrets/desired-secret.ts'
import type { ChartSource, DesiredRelease } from '../values/types.ts'

/** The desired release and its rendered objects. */
export interface Rendered {
  readonly release: DesiredRelease
  /** The rendered objects with their live state. */
  readonly objects: readonly ObservedObject[]
  /** The command that `up` runs, for display. */
  readonly command: readonly string[]
}

/** The live state that `up` decides by. */
export interface Observed {
  readonly namespaceExists: boolean
  readonly history: ReleaseHistory
  /** The newest revision that was deployed, else the newest of all; undefined: not installed. */
  readonly record: ReleaseRecord | undefined
  /** The objects of the record's manifest. */
  readonly objects: readonly ObservedObject[]
  readonly secrets: readonly DesiredSecret[]
  /** Secrets with the component's names that the engine did not write. */
  readonly foreignSecrets: readonly string[]
  /** Workloads that exist and are not ready, one line each. */
  readonly unready: readonly string[]
  /** Other pods, if the component needs host ports. */
  readonly otherPods: readonly PodObject[]
}

/** The desired state of a component. */
export interface Desired {
  readonly name: string
  readonly release: string
  readonly namespace: string
  readonly fingerprint: string
  readonly chart: ChartSource
  /** Undefined: the deployed release has the same fingerprint, so its manifest is the desired one. */
  readonly rendered: Rendered | undefined
}

/** The detail of a step that fetches external inputs. */
export const toFetch = 'to be fetched'

/** The detail of a step for an invalid external input. */
export const unusable = 'invalid: it is skipped, and up fails after everything else is done'
