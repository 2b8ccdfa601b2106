import type { CheckResult, Emit, Intent, Runner, Settings, UnitPlan, UnitResult } from '@platform/core'
import type { ImageDefinition, LoadedImage } from '@platform/images'

/** How to reach the cluster: what `pnpm kubectl`, `pnpm helm` and the components use. */
export interface Access {
  /** A kubeconfig file whose current context is the cluster. Absolute. */
  readonly kubeconfig: string
  /** The user's own name of the context, on the context target. */
  readonly context?: string
  /**
   * The kubeconfig holds address, authority and client certificate inline, so that the API server can be dialled without
   * kubectl. Otherwise only kubectl knows how to log in.
   */
  readonly certificate: boolean
  /** Where the ingress' load balancer answers on this machine; undefined: where its Service says. */
  readonly local?: { readonly address: string; readonly http: number; readonly https: number }
  /** The kubectl that fits the cluster. Absolute. */
  readonly kubectl: string
  /**
   * The Helm to use, absolute. Asked only by who needs it: on a context it may have to be built. Throws what building
   * throws, GO_MISSING among it.
   */
  helm(): Promise<string>
}

/** What one need of `preflight` found. */
export interface NeedResult {
  readonly id: string
  /** What is needed, in a few words. */
  readonly title: string
  readonly status: 'ok' | 'failed' | 'warning'
  /** What was seen. */
  readonly detail: string
  /** A command that mends it, where there is one. */
  readonly fix?: string
}

/** A Kubernetes cluster to work on: the one on this machine, or someone's context. Each answers for itself. */
export interface Target {
  readonly kind: Settings['TARGET']
  /** What `up` or `down` would do. Reads only, quickly. */
  plan(intent: Intent): Promise<UnitPlan>
  /** Makes the cluster ready, or says what is missing. */
  up(): Promise<UnitResult>
  /** Ends what `up` started; with `purge` its data too. */
  down(options: { readonly purge: boolean }): Promise<UnitResult>
  /** Asks the running cluster whether it works. */
  verify(): Promise<readonly CheckResult[]>
  /**
   * Brings images to where the cluster's nodes find them, and says how near each is to its upstream. A cluster that is
   * not ours pulls for itself: nothing is done, and the list is empty.
   */
  loadImages(definitions: readonly ImageDefinition[]): Promise<readonly LoadedImage[]>
  /** How to reach the cluster. Throws PlatformError when there is none, or when it is not the one that was bound. */
  access(): Promise<Access>
  /** Checks everything that the machine must offer, and returns what is met as well. */
  preflight(): Promise<readonly NeedResult[]>
}

/** What a target works with. */
export interface TargetDependencies {
  readonly runner: Runner
  readonly emit: Emit
  /** Ends the work when aborted. */
  readonly signal?: AbortSignal
  /** Names of the images that components will load after `up`. */
  readonly images?: readonly string[]
}
