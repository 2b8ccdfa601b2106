import type { ProofContext } from './proof-context.ts'

/** A key of a Secret: fixed, or from a setting of the env file, or made once. */
export type SecretKey =
  | { readonly value: string }
  /** The setting's text when it is set; else what is stored; else, unless `optional`, a new random password. */
  | { readonly setting: string; readonly optional?: boolean }
  /** Made once, never set by a person. */
  | { readonly generate: true }

/**
 * A Secret that the engine writes before the release is installed: by server-side apply through stdin, with the labels
 * of the platform, never in Helm's stored release. The chart names it and does not make it.
 */
export interface SecretDefinition {
  readonly name: string
  readonly keys: Readonly<Record<string, SecretKey>>
  /**
   * The claims (PersistentVolumeClaims) whose data these credentials open: the Secret stays as long as one of them does,
   * and goes with them at `--purge`. Without: it goes at `down`.
   */
  readonly opens?: readonly string[]
  /**
   * Keys that follow from the others (an htpasswd line). Called with the stored ones when there are; must return what is
   * stored when it still fits, so that a fresh salt is no change.
   */
  derive?(
    keys: Readonly<Record<string, string>>,
    stored: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>>
  /**
   * Applies a key that the env file changed, or that somebody edited in the Secret, to what runs and keeps it (ALTER
   * USER), before the Secret is written. Called while the old Secret is still there. Without it the Secret is written and
   * the pods that use it are replaced.
   *
   * @throws PlatformError when it can't be applied; then nothing was changed
   */
  change?(context: ProofContext, changed: SecretChange): Promise<void>
  /**
   * Each start of the pods gives what they keep all of these credentials, whatever it had before. Then a generated key
   * that is lost can be made anew, and what was edited by hand is applied by replacing the pods where `change` can't.
   */
  readonly setAtStart?: true
}

/** What changes about a Secret that is there. */
export interface SecretChange {
  readonly stored: Readonly<Record<string, string>>
  readonly wanted: Readonly<Record<string, string>>
  /** Those that what runs has to be told. What was edited in the Secret is the same in both: its old text is lost. */
  readonly keys: readonly string[]
}
