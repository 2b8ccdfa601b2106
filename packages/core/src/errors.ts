/** What every command of the project ends with. A signal ends it with 128 + its number (130, 143). */
export const ExitCode = {
  /** Done; for `plan`: nothing to change. */
  done: 0,
  /** It was tried and failed. */
  failed: 1,
  /** The call or a setting is wrong; nothing was touched. */
  usage: 2,
  /** `plan` only: there are changes. */
  changes: 3,
} as const

export interface PlatformErrorOptions {
  /** A command or setting that mends it; what is in it works when pasted. */
  readonly hint?: string
  readonly cause?: unknown
  /** `ExitCode.usage` if nothing was touched because the call or a setting is wrong. Default `ExitCode.failed`. */
  readonly exitCode?: number
}

/**
 * An error that a user can cause and mend. Bugs stay plain `Error`.
 *
 * @param code a stable name in SCREAMING_SNAKE_CASE, part of the `--json` contract
 * @param message what is wrong, with the file, key or flag by name
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

/** A `PlatformError` for a wrong call or setting: exit code 2, nothing was touched. */
export function usageError(code: string, message: string, hint?: string): PlatformError {
  return new PlatformError(code, message, { hint, exitCode: ExitCode.usage })
}
