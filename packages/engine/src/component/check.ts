import type { ProofContext } from './proof-context.ts'

/** Something that `verify` proves about a component by asking the running system: data and one question. */
export interface ComponentCheck {
  /** Unique in the component, kebab-case: what a drill says it is caught by. */
  readonly id: string
  /** What is proved, in a few words: `a wrong password is refused`. */
  readonly name: string
  /** The time that it may take, in milliseconds; then it has failed. */
  readonly timeoutMs: number
  /** What to do when it fails: a command that shows or mends it. */
  readonly hint: string
  /** Capabilities without which it can't be asked (`prometheus`): nobody provides one, and it is skipped, and said so. */
  readonly needs?: readonly string[]
  /**
   * The subjects that its outcome depends on, `<component>/<part>`: drills that touch none of them run meanwhile. Those of
   * other components must be named. Default: the whole component.
   */
  readonly dependsOn?: readonly string[]
  /** Returns what was seen. Throws with what was expected and what was seen instead. */
  run(context: ProofContext): Promise<string>
}

/** Gives the types; the same list comes back. They are carried out together, and told in this order. */
export function defineChecks(checks: readonly ComponentCheck[]): readonly ComponentCheck[] {
  return checks
}
