import type { ProofContext } from './proof-context.ts'

/**
 * Breaks the running system on purpose.
 *
 * - a mutation must be caught: the first of the component's checks (general ones first, then its own, in their order)
 *   that fails after it is `caughtBy`; `up` mends it, and the checks hold again.
 * - a restart must be survived: `prepare` may leave something, then it disturbs, and the checks hold again by themselves.
 * - a fault must be told: the alert that is meant for it fires, and resolves when it is gone. Those of all components are
 *   made at the same time, so none may hide another.
 */
export type Drill = Mutation | Restart | Fault

interface DrillBase {
  /** Unique in the component, kebab-case. */
  readonly id: string
  /** What is broken, in a few words: `the datasource has a wrong URL`. */
  readonly name: string
}

export interface Mutation extends DrillBase {
  readonly kind: 'mutation'
  /** The id of the check that must fail, and first. */
  readonly caughtBy: string
  /** How long the damage may take until it shows, in milliseconds (a scrape, a reload). Default 30000. */
  readonly showsWithinMs?: number
  break(context: ProofContext): Promise<void>
  /** What `up` can't see because it is outside of the release and its Secrets; run before `up`. Rarely needed. */
  mend?(context: ProofContext): Promise<void>
}

export interface Restart extends DrillBase {
  readonly kind: 'restart'
  /** Disturbs it (deletes a pod). What it returns is handed to `check`. */
  disturb(context: ProofContext): Promise<unknown>
  /** Proves what must have survived, when everything is ready again. */
  check?(context: ProofContext, left: unknown): Promise<string>
}

export interface Fault extends DrillBase {
  readonly kind: 'fault'
  /** The name of the alert that must fire, and resolve. */
  readonly alert: string
  /** From when it is made, in milliseconds. Default 240000. */
  readonly firesWithinMs?: number
  /** From when it is undone, in milliseconds. Default 180000. */
  readonly resolvesWithinMs?: number
  /** Makes it. What it makes by `context.temporary` is there until the alert has fired, and is taken away then. */
  break(context: ProofContext): Promise<MadeFault>
}

/** A fault that is there now. */
export interface MadeFault {
  /** What the alert must say of it: labels that no other alert of this name has. */
  readonly labels: Readonly<Record<string, string>>
  /** What taking away the temporary objects does not undo. Called once, before that, after a failure too. */
  undo?(): Promise<void>
}

/** Gives the types; the same list comes back. */
export function defineDrills(drills: readonly Drill[]): readonly Drill[] {
  return drills
}
