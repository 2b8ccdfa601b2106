import type { PodObject } from '@platform/cluster'
import type { ObservedObject } from '../diff/types.ts'
import type { ReleaseHistory, ReleaseRecord } from '../release/types.ts'
import type { DesiredSecret } from '../secrets/desired-secret.ts'
import type { ChartSource, DesiredRelease } from '../values/types.ts'

/** What the release should be, and what came of rendering it. */
export interface Rendered {
  readonly release: DesiredRelease
  /** The objects that it would make, and what is there in their place. */
  readonly objects: readonly ObservedObject[]
  /** The command that `up` runs, for people. */
  readonly command: readonly string[]
}

/** What is there now, all of what `up` decides by. */
export interface Observed {
  readonly namespaceExists: boolean
  readonly history: ReleaseHistory
  /** The newest revision that was deployed, else the newest of all; undefined: not installed. */
  readonly record: ReleaseRecord | undefined
  /** The objects of the record's manifest. */
  readonly objects: readonly ObservedObject[]
  readonly secrets: readonly DesiredSecret[]
  /** Secrets of our names that the engine did not write. */
  readonly foreignSecrets: readonly string[]
  /** What is there and not ready, in its own words. */
  readonly unready: readonly string[]
  /** Pods of others, where host ports are to be taken. */
  readonly otherPods: readonly PodObject[]
}

/** What a component should be. */
export interface Desired {
  readonly name: string
  readonly release: string
  readonly namespace: string
  readonly fingerprint: string
  readonly chart: ChartSource
  /** Undefined: the fingerprint is that of what is deployed, so its own manifest is what is wanted. */
  readonly rendered: Rendered | undefined
}

/** The detail of a step that fetches what the values are made from. */
export const toFetch = 'to be fetched'

/** The detail of a step that leaves out what can't be used: `up` does all the rest, and fails. */
export const unusable = "can't be used: it is left out, and up fails when all the rest is done"
