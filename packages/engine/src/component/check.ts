import type { ProofContext } from './proof-context.ts'

/** One thing that `verify` proves about a component on the running system. */
export interface ComponentCheck {
  /** Unique in the component, kebab-case. Drills name it in `caughtBy`. */
  readonly id: string
  /** What the check proves, in a few words: `a wrong password is refused`. */
  readonly name: string
  /** Milliseconds after which the check has failed. */
  readonly timeoutMs: number
  /** A command that shows or fixes the problem. */
  readonly hint: string
  /** Capabilities that the check needs, such as `prometheus`. It is skipped when no component provides one of them. */
  readonly needs?: readonly string[]
  /**
   * The subjects that the outcome depends on, `<component>/<part>`. Drills that change none of them may run meanwhile.
   * Subjects of other components must be listed. Default: the whole component.
   */
  readonly dependsOn?: readonly string[]
  /** Returns what it observed. Throws an error with the expected and the observed state. */
  run(context: ProofContext): Promise<string>
}

/** Identity function that gives the types. Checks run concurrently and are reported in this order. */
export function defineChecks(checks: readonly ComponentCheck[]): readonly ComponentCheck[] {
  return checks
}
