import { constants } from 'node:os'
import { ExitCode } from './errors.ts'

/**
 * One exit code for several tasks, in this precedence: failed, usage, changes, done. Any other code counts as failed, and
 * so does a task without a result (`undefined`).
 */
export function combineExitCodes(codes: readonly (number | undefined)[]): number {
  const known = codes.map((code) => (isExitCode(code) ? code : ExitCode.failed))
  for (const code of [ExitCode.failed, ExitCode.usage, ExitCode.changes]) {
    if (known.includes(code)) return code
  }
  return ExitCode.done
}

/** The shell's exit code for a process killed by a signal: 130 for SIGINT, 143 for SIGTERM. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

function isExitCode(code: number | undefined): code is number {
  return Object.values<number | undefined>(ExitCode).includes(code)
}
