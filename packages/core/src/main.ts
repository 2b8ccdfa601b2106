import { dirname } from 'node:path'
import { type Environment, environment } from './environment.ts'
import { ExitCode, PlatformError } from './errors.ts'
import { signalExitCode } from './exit-code.ts'
import type { ErrorDescription } from './run-directory.ts'
import { withoutCredentials } from './without-credentials.ts'

/** What a command works with. */
export interface MainContext {
  /** The words after the script. */
  readonly args: readonly string[]
  readonly env: Environment
  /** Aborted on the first SIGINT or SIGTERM; `reason` is the signal's name. The command then ends soon, by throwing. */
  readonly signal: AbortSignal
  /** Writes data: stdout, nothing else goes there. */
  readonly print: (text: string) => void
}

/**
 * Ctrl-C reaches every process of the terminal's group, and those that started them pass it on: what comes this soon
 * after the first signal, in ms, is the same one.
 */
const sameSignalMs = 1000

/**
 * Runs a command and ends the process: with the code that it returns (nothing is 0), with an error's, or with 130 or 143
 * when a signal asked for it. The only place that exits. What the user can mend is shown as `CODE: message` with a hint,
 * anything else with its stack; with `--json` among the words, as one document on stdout.
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
  // A reader that has seen enough (`| head`) is no failure of ours to write; what was asked for is done all the same.
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

/** The `--json` document of a command that could not do what was asked. */
export interface ErrorDocument {
  readonly error: ErrorDescription
  readonly exitCode: number
}

/**
 * An error as data: the code, message and hint of one that the user can mend, a full disk among them; of a bug its stack.
 * Without passwords: what a program said of a URL stands in many a message.
 */
export function describeError(error: unknown): ErrorDescription {
  const { code, message, hint, stack } = rawDescription(error)
  const shown = (text: string | undefined) => text && withoutCredentials(text)
  return { code, message: withoutCredentials(message), hint: shown(hint), stack: shown(stack) }
}

function rawDescription(error: unknown): ErrorDescription {
  if (error instanceof PlatformError) return { code: error.code, message: error.message, hint: error.hint }
  const { message, stack, code, path } = (
    error instanceof Error ? error : new Error(String(error))
  ) as NodeJS.ErrnoException
  // Any write may meet it, and it is no bug of ours.
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return { code: 'DISK_FULL', message, hint: `df -h ${path ? dirname(path) : '.'}` }
  return { code: 'BUG', message, stack }
}

/** `CODE: message`, then the hint; a bug with its stack. */
export function formatError({ code, message, hint, stack }: ErrorDescription): string {
  const text = stack ?? message
  return `${code}: ${text}\n${hint ? `  hint: ${hint}\n` : ''}`
}

function errorDocument(error: unknown, ended: { signal: NodeJS.Signals } | undefined): ErrorDocument {
  const failed = error instanceof PlatformError ? error.exitCode : ExitCode.failed
  return { error: describeError(error), exitCode: ended ? signalExitCode(ended.signal) : failed }
}

function interrupted(signal: NodeJS.Signals): PlatformError {
  return new PlatformError('INTERRUPTED', `ended by ${signal}`)
}
