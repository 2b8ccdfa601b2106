import type { Manifest } from '@platform/cluster'
import type { ReleaseHistory, ReleaseRecord } from '../release/types.ts'

/** One object as a manifest has it, and as the API server has it now. */
export interface ObservedObject {
  readonly wanted: Manifest
  /** Undefined: it is not there. */
  readonly live: LiveObject | undefined
  /** Its path in the API; undefined: the cluster does not serve its kind. */
  readonly path: string | undefined
}

/** What one field manager has set. */
export interface ManagedFields {
  readonly manager?: string
  readonly operation?: string
  readonly subresource?: string
  readonly time?: string
  readonly fieldsV1?: Readonly<Record<string, unknown>>
}

export type LiveObject = Manifest & {
  readonly metadata: Manifest['metadata'] & { readonly managedFields?: readonly ManagedFields[] }
}

/** A Secret of the engine's, as it is stored: decoded. */
export interface ObservedSecret {
  readonly name: string
  readonly stored: Readonly<Record<string, string>> | undefined
  /** It is there, and the engine did not write it. */
  readonly foreign: boolean
  /** Keys that someone else than the engine wrote last, and who. */
  readonly touched: Readonly<Record<string, string>>
}

/** Everything that decides what `up` does to a component, as it was found. */
export interface Observed {
  readonly namespaceExists: boolean
  readonly history: ReleaseHistory
  /** The newest revision that was ever deployed, or the newest one of all; undefined: not installed. */
  readonly record: ReleaseRecord | undefined
  /** The objects of the record's manifest. */
  readonly objects: readonly ObservedObject[]
  readonly secrets: readonly ObservedSecret[]
}
