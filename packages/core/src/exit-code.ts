import { constants } from 'node:os'
import { ExitCode } from './errors.ts'

/**
 * One exit code for several tasks: failed over wrong call over changes over done. Anything else is a failure, and so is
 * a task that left no result (`undefined`).
 */
export function combineExitCodes(codes: readonly (number | undefined)[]): number {
  const known = codes.map((code) => (isExitCode(code) ? code : ExitCode.failed))
  for (const code of [ExitCode.failed, ExitCode.usage, ExitCode.changes]) {
    if (known.includes(code)) return code
  }
  return ExitCode.done
}

/** What a shell reports for a process that a signal ended: 130 for SIGINT, 143 for SIGTERM. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

function isExitCode(code: number | undefined): code is number {
  return Object.values<number | undefined>(ExitCode).includes(code)
}
