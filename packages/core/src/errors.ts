/** Exit codes of every command. A signal gives 128 + its number (130, 143). */
export const ExitCode = {
  /** Success; for `plan`: no changes. */
  done: 0,
  /** The command ran and failed. */
  failed: 1,
  /** An argument or a setting is wrong; nothing was changed. */
  usage: 2,
  /** `plan` only: there are changes. */
  changes: 3,
} as const

export interface PlatformErrorOptions {
  /** A command or setting that fixes it; works when pasted. */
  readonly hint?: string
  readonly cause?: unknown
  /** `ExitCode.usage` if an argument or a setting is wrong and nothing was changed. Default `ExitCode.failed`. */
  readonly exitCode?: number
}

/**
 * An error that a user can cause and fix. Bugs stay plain `Error`.
 *
 * @param code a stable name in SCREAMING_SNAKE_CASE, part of the `--json` contract
 * @param message what is wrong; names the file, key or flag
 */
export class PlatformError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly exitCode: number

  constructor(code: string, message: string, { hint, cause, exitCode = ExitCode.failed }: PlatformErrorOptions = {}) {
    super(message, { cause })
    this.name = 'PlatformError'
    this.code = code
    this.hint = hint
    this.exitCode = exitCode
  }
}

/** A `PlatformError` for a wrong argument or setting: exit code 2, nothing was changed. */
export function usageError(code: string, message: string, hint?: string): PlatformError {
  return new PlatformError(code, message, { hint, exitCode: ExitCode.usage })
}
