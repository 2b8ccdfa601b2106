import type { Manifest } from '@platform/cluster'

/** An object of a manifest and its live state. */
export interface ObservedObject {
  readonly wanted: Manifest
  /** Undefined: it does not exist. */
  readonly live: LiveObject | undefined
  /** Its path in the API; undefined: the cluster does not serve its kind. */
  readonly path: string | undefined
}

/** The fields of one manager. */
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
