/** Helm values as plain data. */
export type Values = Readonly<Record<string, unknown>>

/** What identifies a component and its release. */
export interface ComponentIdentity {
  /** The folder's name under packages/, as users type it. */
  readonly name: string
  /** The package's folder, absolute. */
  readonly directory: string
  readonly release: string
  readonly namespace: string
}

/** A Service that provides a capability to the checks and pages of other components. */
export interface Endpoint {
  readonly namespace: string
  readonly service: string
  /** The Service's port, not the container's. */
  readonly port: number
  /** Default `http`. */
  readonly scheme?: 'http' | 'https'
}
