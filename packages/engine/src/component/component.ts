import type { Emit, Settings } from '@platform/core'
import type { ComponentIdentity, Endpoint, Values } from './identity.ts'
import type { SecretDefinition } from './secret.ts'

/** The input of a component's `values`. */
export interface ValuesInput {
  readonly settings: Settings
  /** The root of the checkout, absolute. */
  readonly root: string
  /** The overlays that set values of our chart, in their order. */
  readonly overlays?: readonly OverlayValues[]
}

/** The values of one overlay file. */
export interface OverlayValues {
  /** Relative to the root of the checkout. */
  readonly file: string
  readonly values: Values
  /** The line of a key, or of its closest parent in the file. */
  lineOf(path: readonly (string | number)[]): number
}

/** The input of `ExternalInputs`. */
export interface ExternalInputsContext {
  readonly settings: Settings
  readonly root: string
  /** The component's overlay files, absolute. */
  readonly files: readonly string[]
}

/**
 * Inputs of `values` that are neither in the checkout nor in the settings. `up` fetches and caches them, and continues
 * without those that are not available.
 */
export interface ExternalInputs {
  /** The missing inputs, each in a few words: they become steps of `up`. Must be fast and read-only. */
  missing(input: ExternalInputsContext): Promise<readonly string[]>
  /** The unusable inputs, each with file and line: `up` does the rest, then fails. Must be fast and read-only. */
  invalid?(input: ExternalInputsContext): Promise<readonly string[]>
  /** A text that changes with the inputs: a part of the release's fingerprint. */
  digest(input: ExternalInputsContext): Promise<string>
  /**
   * Fetches the missing inputs. Network failures are reported by a notice.
   *
   * @returns the inputs that do not exist, each with file and line: `up` does the rest, then fails
   */
  fetch(
    input: ExternalInputsContext,
    context: { readonly emit: Emit; readonly signal: AbortSignal },
  ): Promise<readonly string[]>
}

/** A web page for users. */
export interface Page {
  /** `pnpm open <component>` opens the first; `pnpm open <component> <page>` this one. */
  readonly name: string
  readonly endpoint: Endpoint
  /** The setting that has its public host: `GRAFANA_HOST`. */
  readonly host: string
  /** Its additional host on the embedded target: `grafana.localhost`. */
  readonly localHost: string
  /** Default `/`. */
  readonly path?: string
  /** The Secret that has user and password. */
  readonly login?: {
    readonly secret: string
    readonly namespace: string
    readonly user: string
    readonly password: string
    /** A setting that disables the login when it is 0: `DASHBOARD_AUTH`. */
    readonly disabledBy?: string
  }
}

/**
 * A component of the platform: one Helm release and its surroundings, as data for the engine. These files and folders of
 * the package complete it:
 *
 * - `chart/`: the Helm chart, with `values.schema.json`
 * - `src/images.ts`: exports `images`, the container images and their sources
 * - `src/checks.ts`: exports `checks` for `verify`
 * - `src/drills.ts`: exports `drills`, each with the check that must catch it
 * - `src/dashboards/`: one file per dashboard
 *
 * They are loaded only when needed. This file is loaded in every call, so it imports types and nothing heavy.
 */
export interface Component extends ComponentIdentity {
  /** Secrets that the engine writes itself, never through Helm. */
  readonly secrets?: readonly SecretDefinition[]
  /** The layer of values below the overlays: defaults from settings, which an overlay may override. */
  presets?(settings: Settings): Values
  /**
   * The layer of values above the overlays: computed from settings and target. An overlay cannot override it; one that
   * tries is refused. It must not contain secrets, because Helm stores the values in the release. Pure except for reading
   * the repository's files. Called only when an input changed.
   */
  values?(input: ValuesInput): Values | Promise<Values>
  /**
   * The settings that `values` computes values from, by the value's path or a prefix of it:
   * `{ 'ingress.hosts': 'GRAFANA_HOST' }`. Used for hints when an overlay sets such a value.
   */
  readonly decides?: Readonly<Record<string, string>>
  /** Folders that `values` reads in every package (`src/dashboards`). A change there changes this component. */
  readonly collects?: readonly string[]
  /** External inputs of `values`. */
  readonly externalInputs?: ExternalInputs
  /** Endpoints for other components, by capability: `{ prometheus: {…} }`. */
  readonly provides?: Readonly<Record<string, Endpoint>>
  /** Pages for `pnpm open`. */
  readonly pages?: readonly Page[]
}

/** Identity function that gives the types. */
export function defineComponent(component: Component): Component {
  return component
}
