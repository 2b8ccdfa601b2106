import type { ProofContext } from './proof-context.ts'

/**
 * Breaks the running system on purpose.
 *
 * - A mutation must be caught: `caughtBy` is the first of the component's checks that fails (general checks come first,
 *   then its own, in their order). `up` then repairs the mutation, and the checks pass again.
 * - A restart must be survived: after `disturb` the checks pass again without `up`. `disturb` may write data for `check`.
 * - A fault must raise its alert: the alert fires, and resolves when the fault is gone.
 *
 * Drills that change different subjects run concurrently.
 */
export type Drill = Mutation | Restart | Fault

interface DrillBase {
  /** Unique in the component, kebab-case. */
  readonly id: string
  /** What the drill breaks, in a few words: `the datasource has a wrong URL`. */
  readonly name: string
  /**
   * The subjects that the drill changes, as checks list them in `dependsOn`: `monitoring/targets/node-exporter`. A subject
   * contains those that begin with it and a slash. Default: the whole component.
   */
  readonly changes?: readonly string[]
  /** Subjects that change only during break and repair, such as a pod that is replaced. Other drills wait for those. */
  readonly disturbs?: readonly string[]
}

export interface Mutation extends DrillBase {
  readonly kind: 'mutation'
  /** The id of the check that must fail first. */
  readonly caughtBy: string
  /** What the check's message must match. Mutations that the same check catches share a round only if all have this. */
  readonly expectedMessage?: RegExp
  /** Milliseconds until the check must fail, e.g. for a scrape or a reload. Default 30000. */
  readonly detectWithinMs?: number
  /** Edits objects. Mutations of one round call this one after another, so a read before a write is safe. */
  break(context: ProofContext): Promise<void>
  /** Makes the edit take effect (a reload, a new pod). Mutations of one round that have the same function share a call. */
  readonly takeEffect?: (context: ProofContext) => Promise<void>
  /** Reverts what `up` does not manage, outside of the release and its Secrets. Runs before `up`, shared as above. */
  readonly undo?: (context: ProofContext) => Promise<void>
}

export interface Restart extends DrillBase {
  readonly kind: 'restart'
  /** Disturbs the component, e.g. deletes a pod. Its result is passed to `check`. */
  disturb(context: ProofContext): Promise<unknown>
  /** Proves that the data survived, once the checks pass again. */
  check?(context: ProofContext, disturbed: unknown): Promise<string>
}

export interface Fault extends DrillBase {
  readonly kind: 'fault'
  /** The name of the alert that must fire and resolve. */
  readonly alert: string
  /** Subjects that must stay intact during the fault, besides those that every alert needs. */
  readonly dependsOn?: readonly string[]
  /** Milliseconds from the fault until the alert fires. Default 240000. */
  readonly firesWithinMs?: number
  /** Milliseconds from the fault's end until the alert resolves. Default 180000. */
  readonly resolvesWithinMs?: number
  /** Creates the fault. Objects of `context.temporary` are deleted once the alert has fired. */
  break(context: ProofContext): Promise<ActiveFault>
}

/** A fault that is in effect. */
export interface ActiveFault {
  /** Labels that tell this alert from others of the same name. */
  readonly labels: Readonly<Record<string, string>>
  /** Reverts what deleting the temporary objects does not. Called once, before the deletion, also after a failure. */
  undo?(): Promise<void>
}

/** Identity function that gives the types. */
export function defineDrills(drills: readonly Drill[]): readonly Drill[] {
  return drills
}
