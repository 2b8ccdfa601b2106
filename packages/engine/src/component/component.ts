import type { Emit, Settings } from '@platform/core'
import type { ComponentIdentity, Endpoint, Values } from './identity.ts'
import type { SecretDefinition } from './secret.ts'

/** What a component's own layer of values is made from. */
export interface ValuesInput {
  readonly settings: Settings
  /** The root of the checkout, absolute. */
  readonly root: string
  /** The overlays that say something about our chart, in their order: what else is made from them. */
  readonly overlays?: readonly OverlayValues[]
}

/** What one overlay's file says. */
export interface OverlayValues {
  /** From the root of the checkout. */
  readonly file: string
  readonly values: Values
  /** The line of a key, the last one of the path that the file has. */
  lineOf(path: readonly (string | number)[]): number
}

/** What `Supplies` is asked with. */
export interface ExternalInputsContext {
  readonly settings: Settings
  readonly root: string
  /** The overlays' files about the component, absolute. */
  readonly files: readonly string[]
}

/**
 * What `values` is made from and neither the checkout nor the settings have: `up` fetches it, keeps it, and goes on without
 * what it can't get.
 */
export interface ExternalInputs {
  /** What is not there yet, each in a few words: steps of `up`. Reads only, and little. */
  missing(input: ExternalInputsContext): Promise<readonly string[]>
  /** What of it can't be used, each with file and place: `up` does all the rest, and has failed. Reads only, and little. */
  invalid?(input: ExternalInputsContext): Promise<readonly string[]>
  /** What is there, in a text that changes with it: a part of the release's fingerprint. */
  digest(input: ExternalInputsContext): Promise<string>
  /**
   * Fetches what is missing. What the network does not allow is said by a notice.
   *
   * @returns what is not to be had at all, each with file and place: `up` does all the rest, and has failed
   */
  fetch(
    input: ExternalInputsContext,
    context: { readonly emit: Emit; readonly signal: AbortSignal },
  ): Promise<readonly string[]>
}

/** A page that a person opens. */
export interface Page {
  /** `pnpm open <component>` opens the first; `pnpm open <component> <page>` this one. */
  readonly name: string
  readonly endpoint: Endpoint
  /** The setting with its public host: `GRAFANA_HOST`. */
  readonly host: string
  /** The host on the embedded target, beside the public one: `grafana.localhost`. */
  readonly localHost: string
  /** Default `/`. */
  readonly path?: string
  /** Where user and password are. */
  readonly login?: {
    readonly secret: string
    readonly namespace: string
    readonly user: string
    readonly password: string
    /** A setting that takes this login away when it is 0: `DASHBOARD_AUTH`. */
    readonly disabledBy?: string
  }
}

/**
 * A component of the platform: one Helm release, and what belongs to it. Data; the engine does the work. The rest of a
 * component is found in its folder by its place:
 *
 * - `chart/`: the Helm chart, with `values.schema.json`
 * - `src/images.ts`: exports `images`, what it runs and how each can be had
 * - `src/checks.ts`: exports `checks`, what `verify` proves about it
 * - `src/drills.ts`: exports `drills`, what `drill` breaks, and which check must see it
 * - `src/dashboards/`: one file each
 *
 * They are loaded when they are needed only: this file is read in every call, so it imports types and nothing heavy.
 */
export interface Component extends ComponentIdentity {
  /** Secrets that the engine writes beside the release, never through Helm. */
  readonly secrets?: readonly SecretDefinition[]
  /** The layer of values below the overlays: what follows from settings, and an overlay may well say otherwise. */
  presets?(settings: Settings): Values
  /**
   * The layer of values above the overlays: what the settings and the target decide. An overlay that says otherwise is
   * refused. No secrets: they would stand in Helm's stored release. Pure but for reading the repository's own files;
   * called only when something changed.
   */
  values?(input: ValuesInput): Values | Promise<Values>
  /**
   * The settings that decide values of `values`, by the value's path or its beginning: `{ 'ingress.hosts': 'GRAFANA_HOST' }`.
   * For whoever looks for them in an overlay.
   */
  readonly decides?: Readonly<Record<string, string>>
  /** Folders that `values` collects from every package of the workspace (`src/dashboards`): a change there is one here. */
  readonly collects?: readonly string[]
  /** What `values` needs from elsewhere. */
  readonly externalInputs?: ExternalInputs
  /** What others may ask for, by capability: `{ prometheus: {…} }`. */
  readonly provides?: Readonly<Record<string, Endpoint>>
  /** What a person opens. */
  readonly pages?: readonly Page[]
}

/** Gives the types; the same object comes back. */
export function defineComponent(component: Component): Component {
  return component
}
