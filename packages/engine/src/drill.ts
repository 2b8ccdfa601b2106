import type { ProofContext } from './proof-context.ts'

/**
 * Breaks the running system on purpose.
 *
 * - a mutation must be caught: the first of the component's checks (general ones first, then its own, in their order)
 *   that fails after it is `caughtBy`; `up` mends it, and the checks hold again.
 * - a restart must be survived: `prepare` may leave something, then it disturbs, and the checks hold again by themselves.
 */
export type Drill = Mutation | Restart

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

/** Gives the types; the same list comes back. */
export function defineDrills(drills: readonly Drill[]): readonly Drill[] {
  return drills
}
