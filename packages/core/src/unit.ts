import type { Emit } from './events.ts'
import type { Runner } from './runner.ts'
import type { Settings } from './settings.ts'

/** What a unit works with. Everything that it does to the world goes through here. */
export interface UnitContext {
  readonly settings: Settings
  readonly runner: Runner
  readonly emit: Emit
  /** Aborted on SIGINT and SIGTERM: end what was started, leave a state that the next `up` goes on from, and throw. */
  readonly signal: AbortSignal
  /** `verify`: only the checks whose ids are this, or begin with it and a dash. */
  readonly proof?: string
  /** `up`: names of the images that the units of this run will load, so that the cluster can begin with them. */
  readonly images?: readonly string[]
}

/** What is asked of a unit. */
export type Intent =
  | { readonly verb: 'up' }
  /** `named`: the unit by its name, not with all the others. What must be refused then may have nothing to do else. */
  | { readonly verb: 'down'; readonly purge: boolean; readonly named: boolean }

/** One thing that `up` or `down` would do. */
export interface PlannedStep {
  readonly action: 'build' | 'create' | 'start' | 'update' | 'stop' | 'delete'
  /** What it is done to, as a person would call it: `the node`, `Deployment monitoring/prometheus-server`. */
  readonly subject: string
  /** Why, or the difference, in one line or several. */
  readonly detail?: string
  /** The exact commands, where there are any; a dry run prints them. */
  readonly commands?: readonly (readonly string[])[]
}

/** What is there now, and what would be done to it. No steps: nothing to do. */
export interface UnitPlan {
  /** What is there now, in one line: `running, node Ready, ingress on http://127.0.0.1:8080`. */
  readonly state: string
  readonly steps: readonly PlannedStep[]
  /** `up` without a cluster: names of the images that will be loaded into it. */
  readonly images?: readonly string[]
}

/** What came of `up` or `down`. */
export interface UnitResult {
  /** In one line, for people. */
  readonly summary: string
  /** For `--json`: plain data, no secrets. */
  readonly data?: Readonly<Record<string, unknown>>
}

/** What one check of `verify` found by asking the running system. */
export interface CheckResult {
  /** Of a component's check: unique in it. */
  readonly id?: string
  /** What is proved, in a few words: `a pod reaches a Service by its name`. */
  readonly name: string
  /** `skipped`: the check cannot run here, for the reason in `message`. This is not a failure. */
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly ms: number
  /** What was found. After a failure, what was expected too. */
  readonly message?: string
  /** A command that shows or mends it; works when pasted. */
  readonly hint?: string
}

/**
 * Something that can be brought up and down by its name: the cluster, a component. A package with
 * `"platform": {"unit": true}` or `{"component": true}` in its package.json exports it as `unit` from src/unit.ts.
 *
 * That file is imported on every call, a no-op among them: import what is heavy inside the functions.
 */
export interface Unit {
  /** The folder's name under packages/. */
  readonly name: string
  /**
   * What `up` or `down` would do. Reads only, quickly; called in the front script, before any `up`, `down` or `plan`.
   *
   * @throws PlatformError with exit code 2 for what must be refused before anything is touched
   */
  plan(context: UnitContext, intent: Intent): Promise<UnitPlan>
  /** Brings it up; called only when `plan` had steps. Does nothing to what is as it should be. */
  up(context: UnitContext): Promise<UnitResult>
  /** Brings it down; with `purge` its data too. Nothing there is no error. */
  down(context: UnitContext, options: { readonly purge: boolean }): Promise<UnitResult>
  /** Proves by asking the running system that it does what it should. A check that fails is an answer, not an error. */
  verify(context: UnitContext): Promise<readonly CheckResult[]>
}

/** Gives the types; the same object comes back. */
export function defineUnit(unit: Unit): Unit {
  return unit
}
