import type { Emit } from './events.ts'
import type { Runner } from './runner.ts'
import type { Settings } from './settings.ts'

/** Inputs of a unit. All its side effects go through them. */
export interface UnitContext {
  readonly settings: Settings
  readonly runner: Runner
  readonly emit: Emit
  /** Aborted on SIGINT and SIGTERM: stop started work, leave a state from which the next `up` can continue, and throw. */
  readonly signal: AbortSignal
  /** `verify`: run only the checks whose id is this, or begins with this and a dash. */
  readonly proof?: string
  /** `up`: names of the images that the units of this run will load, so that the cluster can start loading them. */
  readonly images?: readonly string[]
}

/** The action that a plan is for. */
export type Intent =
  | { readonly verb: 'up' }
  /** `named`: the user named the unit instead of `all`. A unit may refuse the one and have nothing to do for the other. */
  | { readonly verb: 'down'; readonly purge: boolean; readonly named: boolean }

/** One step of `up` or `down`. */
export interface PlannedStep {
  readonly action: 'build' | 'create' | 'start' | 'update' | 'stop' | 'delete'
  /** The object of the step, for people: `the node`, `Deployment monitoring/prometheus-server`. */
  readonly subject: string
  /** The reason or the diff, in one or more lines. */
  readonly detail?: string
  /** The exact commands, if any; a dry run prints them. */
  readonly commands?: readonly (readonly string[])[]
}

/** The current state and the steps to the desired one. No steps: nothing to do. */
export interface UnitPlan {
  /** The current state in one line: `running, node Ready, ingress on http://127.0.0.1:8080`. */
  readonly state: string
  readonly steps: readonly PlannedStep[]
  /** `up` when there is no cluster yet: names of the images that will be loaded into it. */
  readonly images?: readonly string[]
}

/** The result of `up` or `down`. */
export interface UnitResult {
  /** One line for people. */
  readonly summary: string
  /** For `--json`: plain data, no secrets. */
  readonly data?: Readonly<Record<string, unknown>>
}

/** The result of one check of `verify`. */
export interface CheckResult {
  /** Unique in its component; only checks of components have one. */
  readonly id?: string
  /** What the check proves, in a few words: `a pod reaches a Service by its name`. */
  readonly name: string
  /** `skipped`: the check cannot run here, for the reason in `message`. This is not a failure. */
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly ms: number
  /** What was observed. After a failure, also what was expected. */
  readonly message?: string
  /** A command that diagnoses or fixes a failure; works when pasted. */
  readonly hint?: string
}

/**
 * What a command can name: the cluster or a component. A package with
 * `"platform": {"unit": true}` or `{"component": true}` in its package.json exports it as `unit` from src/unit.ts.
 *
 * Every call imports that file, also a no-op: import heavy modules inside the functions.
 */
export interface Unit {
  /** The folder's name under packages/. */
  readonly name: string
  /**
   * Computes what `up` or `down` would do. Fast and read-only; the front script calls it before any `up`, `down` or `plan`.
   *
   * @throws PlatformError with exit code 2 for what must be refused before anything is changed
   */
  plan(context: UnitContext, intent: Intent): Promise<UnitPlan>
  /** Brings it up; called only when `plan` had steps. Skips what is unchanged. */
  up(context: UnitContext): Promise<UnitResult>
  /** Takes it down; with `purge` also deletes its data. Succeeds if there is nothing to delete. */
  down(context: UnitContext, options: { readonly purge: boolean }): Promise<UnitResult>
  /** Runs the checks against the running system. A failed check is a result, not an error. */
  verify(context: UnitContext): Promise<readonly CheckResult[]>
}

/** Identity function that gives the types. */
export function defineUnit(unit: Unit): Unit {
  return unit
}
