import { dirname } from 'node:path'
import { type Environment, environment } from './environment.ts'
import { ExitCode, PlatformError } from './errors.ts'
import { signalExitCode } from './exit-code.ts'
import type { ErrorDescription } from './run-directory.ts'
import { withoutCredentials } from './without-credentials.ts'

/** Inputs of a command. */
export interface MainContext {
  /** The arguments after the script. */
  readonly args: readonly string[]
  readonly env: Environment
  /** Aborted on the first SIGINT or SIGTERM; `reason` is the signal's name. The command should then throw soon. */
  readonly signal: AbortSignal
  /** Writes data to stdout; nothing else may write there. */
  readonly print: (text: string) => void
}

/**
 * Ctrl-C reaches every process of the terminal's group, and parent processes forward it too. A signal within this time
 * after the first, in ms, counts as the same one.
 */
const sameSignalMs = 1000

/**
 * Runs a command and exits with its return value (default 0), with an error's code, or with 130 or 143 after a signal. No
 * other code exits the process. A `PlatformError` is shown as `CODE: message` with a hint, any other error with its stack.
 * With `--json`, the error is also printed as one document on stdout.
 */
export async function runMain(main: (context: MainContext) => Promise<number | undefined>): Promise<never> {
  const args = process.argv.slice(2)
  const json = args.includes('--json')
  const stop = new AbortController()
  let first: { signal: NodeJS.Signals; at: number } | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (!first) {
      first = { signal, at: performance.now() }
      stop.abort(signal)
    } else if (performance.now() - first.at > sameSignalMs) {
      process.exit(signalExitCode(signal))
    }
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('SIGHUP', () => onSignal('SIGTERM'))
  const fail = (error: unknown): number => {
    const document = errorDocument(first ? interrupted(first.signal) : error, first)
    process.stderr.write(formatError(document.error))
    if (json) process.stdout.write(`${JSON.stringify(document)}\n`)
    return document.exitCode
  }
  process.on('uncaughtException', (error) => process.exit(fail(error)))
  // Ignore EPIPE, as from `| head`: the command still does its work.
  process.stdout.on('error', () => {})
  const print = (text: string) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  let code: number
  try {
    code = (await main({ args, env: environment(), signal: stop.signal, print })) ?? ExitCode.done
  } catch (error) {
    code = fail(error)
  }
  const end = first as { signal: NodeJS.Signals } | undefined
  process.exit(end ? signalExitCode(end.signal) : code)
}

/** The `--json` document of a command that failed. */
export interface ErrorDocument {
  readonly error: ErrorDescription
  readonly exitCode: number
}

/**
 * An error as data: code, message and hint of an error that the user can fix (also a full disk), or the stack of a bug.
 * Credentials are redacted, because messages may contain URLs from the output of programs.
 */
export function describeError(error: unknown): ErrorDescription {
  const { code, message, hint, stack } = rawDescription(error)
  const redacted = (text: string | undefined) => text && withoutCredentials(text)
  return { code, message: withoutCredentials(message), hint: redacted(hint), stack: redacted(stack) }
}

function rawDescription(error: unknown): ErrorDescription {
  if (error instanceof PlatformError) return { code: error.code, message: error.message, hint: error.hint }
  const { message, stack, code, path } = (
    error instanceof Error ? error : new Error(String(error))
  ) as NodeJS.ErrnoException
  // Any write can fail with these; they are not a bug.
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return { code: 'DISK_FULL', message, hint: `df -h ${path ? dirname(path) : '.'}` }
  return { code: 'BUG', message, stack }
}

/** `CODE: message` and the hint; a bug is shown with its stack. */
export function formatError({ code, message, hint, stack }: ErrorDescription): string {
  const text = stack ?? message
  return `${code}: ${text}\n${hint ? `  hint: ${hint}\n` : ''}`
}

function errorDocument(error: unknown, ended: { signal: NodeJS.Signals } | undefined): ErrorDocument {
  const failed = error instanceof PlatformError ? error.exitCode : ExitCode.failed
  return { error: describeError(error), exitCode: ended ? signalExitCode(ended.signal) : failed }
}

function interrupted(signal: NodeJS.Signals): PlatformError {
  return new PlatformError('INTERRUPTED', `interrupted by ${signal}`)
}
