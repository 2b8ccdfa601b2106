import type { ProofContext } from './proof-context.ts'

/** A key of a Secret: a fixed value, a setting of the env file, or a generated password. */
export type SecretKey =
  | { readonly value: string }
  /** The setting, else the stored value, else (unless `optional`) a new random password. */
  | { readonly setting: string; readonly optional?: boolean }
  /** Generated once; users cannot set it. */
  | { readonly generate: true }

/**
 * A Secret that the engine writes before it installs the release: by server-side apply through stdin, with the labels of
 * the platform. It is never in Helm's stored release; the chart references it by name.
 */
export interface SecretDefinition {
  readonly name: string
  readonly keys: Readonly<Record<string, SecretKey>>
  /**
   * The PersistentVolumeClaims whose data needs these credentials. `down` keeps the Secret while one of them exists and
   * deletes it with them at `--purge`. Without this, `down` deletes the Secret.
   */
  readonly opens?: readonly string[]
  /**
   * Keys that are derived from the others, such as an htpasswd line. It must return the stored value if that still
   * matches, so that a fresh salt is not a change.
   */
  derive?(
    keys: Readonly<Record<string, string>>,
    stored: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, string>>>
  /**
   * Applies a changed key to the running software, for example by ALTER USER. The key was changed in the env file or edited
   * in the Secret. Called before the Secret is written. Without this, the Secret is written and its pods are replaced.
   *
   * @throws PlatformError when the change cannot be applied; then nothing was changed
   */
  change?(context: ProofContext, changed: SecretChange): Promise<void>
  /**
   * The pods set these credentials at each start, whatever their data had before. So a lost generated key can be generated
   * anew, and an edited key is applied by replacing the pods where `change` cannot.
   */
  readonly setAtStart?: true
}

/** A change of an existing Secret. */
export interface SecretChange {
  readonly stored: Readonly<Record<string, string>>
  readonly wanted: Readonly<Record<string, string>>
  /** Keys to apply. A key that was edited in the Secret is equal in `stored` and `wanted`: its old value is lost. */
  readonly keys: readonly string[]
}
