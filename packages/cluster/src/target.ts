import type { CheckResult, Emit, Intent, Runner, Settings, UnitPlan, UnitResult } from '@platform/core'
import type { ImageDefinition, LoadedImage } from '@platform/images'

/** How to reach the cluster: what `pnpm kubectl`, `pnpm helm` and the components use. */
export interface Access {
  /** A kubeconfig file whose current context is the cluster. Absolute. */
  readonly kubeconfig: string
  /** The user's own name of the context, on the context target. */
  readonly context?: string
  /**
   * The kubeconfig contains the server's address, CA and client certificate, so requests to the API server need no
   * kubectl. Otherwise only kubectl can log in.
   */
  readonly certificate: boolean
  /** Address of the ingress' load balancer on this machine. Undefined: the address in its Service's status. */
  readonly local?: { readonly address: string; readonly http: number; readonly https: number }
  /** The kubectl that fits the cluster. Absolute. */
  readonly kubectl: string
  /**
   * Path of the Helm to use, absolute. Call it only when Helm is needed: on a context it may have to be built first.
   * Throws the errors of that build, such as GO_MISSING.
   */
  helm(): Promise<string>
}

/** Result of one `preflight` check. */
export interface NeedResult {
  readonly id: string
  /** The requirement, in a few words. */
  readonly title: string
  readonly status: 'ok' | 'failed' | 'warning'
  /** The observed state. */
  readonly detail: string
  /** A command that fixes it, if there is one. */
  readonly fix?: string
}

/** A Kubernetes cluster to work on: the embedded node, or a bound context. */
export interface Target {
  readonly kind: Settings['TARGET']
  /** What `up` or `down` would do. Only reads, and is fast. */
  plan(intent: Intent): Promise<UnitPlan>
  /** Makes the cluster ready, or fails with what is missing. */
  up(): Promise<UnitResult>
  /** Stops what `up` started; with `purge` it deletes the data too. */
  down(options: { readonly purge: boolean }): Promise<UnitResult>
  /** Runs the checks against the running cluster. */
  verify(): Promise<readonly CheckResult[]>
  /**
   * Loads images onto the cluster's nodes and returns the fidelity of each. A bound context pulls its images itself:
   * there it does nothing and returns an empty list.
   */
  loadImages(definitions: readonly ImageDefinition[]): Promise<readonly LoadedImage[]>
  /** How to reach the cluster. Throws PlatformError if there is none, or if it is not the bound one. */
  access(): Promise<Access>
  /** Checks all requirements on the machine. Returns the passed ones too. */
  preflight(): Promise<readonly NeedResult[]>
}

export interface TargetDependencies {
  readonly runner: Runner
  readonly emit: Emit
  /** Cancels the work. */
  readonly signal?: AbortSignal
  /** Names of the images that components load after `up`. */
  readonly images?: readonly string[]
}
