/** Helm values: plain data. */
export type Values = Readonly<Record<string, unknown>>

/** What identifies a component and its release. */
export interface ComponentIdentity {
  /** The folder's name under packages/: what a person types. */
  readonly name: string
  /** The package's folder, absolute. */
  readonly directory: string
  readonly release: string
  readonly namespace: string
}

/** A Service of a component that others' checks and pages ask for by what it is, not by whose it is. */
export interface Endpoint {
  readonly namespace: string
  readonly service: string
  /** The Service's port, not the container's. */
  readonly port: number
  /** `https` where the Service speaks it. Default http. */
  readonly scheme?: 'http' | 'https'
}
