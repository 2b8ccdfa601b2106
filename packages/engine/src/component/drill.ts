import type { ProofContext } from './proof-context.ts'

/**
 * Breaks the running system on purpose.
 *
 * - A mutation must be caught: of the component's checks (general ones first, then its own, in their order) `caughtBy` is
 *   the first that fails. `up` then repairs it, and the checks pass again.
 * - A restart must be survived: `disturb` may leave something behind, then disturbs, and the checks pass again by themselves.
 * - A fault must raise its alert: it fires, and resolves when the fault is gone.
 *
 * Drills that touch different things run at the same time.
 */
export type Drill = Mutation | Restart | Fault

interface DrillBase {
  /** Unique in the component, kebab-case. */
  readonly id: string
  /** What is broken, in a few words: `the datasource has a wrong URL`. */
  readonly name: string
  /**
   * The subjects that it changes, as checks name them in `dependsOn`: `monitoring/targets/node-exporter`. A subject contains
   * those that begin with it and a slash. Default: the whole component.
   */
  readonly changes?: readonly string[]
  /** What it changes only while it is made and repaired, such as a pod that is replaced: other drills wait for that. */
  readonly disturbs?: readonly string[]
}

export interface Mutation extends DrillBase {
  readonly kind: 'mutation'
  /** The id of the check that must fail, and first. */
  readonly caughtBy: string
  /** What the failing check must say. Mutations that the same check catches run together only where each has this. */
  readonly expectedMessage?: RegExp
  /** How long the damage may take until it shows, in milliseconds (a scrape, a reload). Default 30000. */
  readonly detectWithinMs?: number
  /** Edits objects. Mutations that run together are made one after another, so a read before a write is safe. */
  break(context: ProofContext): Promise<void>
  /** Makes the edit take effect (a reload, a new pod). Mutations that run together and name the same function share a call. */
  readonly takeEffect?: (context: ProofContext) => Promise<void>
  /** Undoes what `up` can't see because it is outside of the release and its Secrets; runs before `up`, shared as above. */
  readonly undo?: (context: ProofContext) => Promise<void>
}

export interface Restart extends DrillBase {
  readonly kind: 'restart'
  /** Disturbs it (deletes a pod). What it returns is passed to `check`. */
  disturb(context: ProofContext): Promise<unknown>
  /** Proves what must have survived, when everything is ready again. */
  check?(context: ProofContext, left: unknown): Promise<string>
}

export interface Fault extends DrillBase {
  readonly kind: 'fault'
  /** The name of the alert that must fire, and resolve. */
  readonly alert: string
  /** Subjects that must be intact while it lasts, beside those that every alert needs. */
  readonly dependsOn?: readonly string[]
  /** From when it is made, in milliseconds. Default 240000. */
  readonly firesWithinMs?: number
  /** From when it is undone, in milliseconds. Default 180000. */
  readonly resolvesWithinMs?: number
  /** Makes it. What it makes by `context.temporary` exists until the alert has fired, and is removed then. */
  break(context: ProofContext): Promise<MadeFault>
}

/** A fault that exists now. */
export interface MadeFault {
  /** Labels of the alert that no other alert of this name has. */
  readonly labels: Readonly<Record<string, string>>
  /** What removing the temporary objects does not undo. Called once, before that, after a failure too. */
  undo?(): Promise<void>
}

/** Gives the types; the same list comes back. */
export function defineDrills(drills: readonly Drill[]): readonly Drill[] {
  return drills
}
