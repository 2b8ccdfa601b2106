import type { Manifest } from '@platform/cluster'

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
