import type { ProcessOutput } from 'zx/core'
import { environment } from './environment.ts'
import { ExitCode, PlatformError } from './errors.ts'
import { signalExitCode } from './exit-code.ts'

export interface RunOptions {
  readonly cwd?: string
  /** Added to the process's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Written to the command's stdin: the way for secrets, never argv. */
  readonly input?: string | Buffer
  /** Called with each line as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void
  /** Ends the command (SIGTERM to its process group) when aborted. */
  readonly signal?: AbortSignal
}

export interface RunResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** Runs commands somewhere. Tests hand in a fake; the real one is `systemRunner`. */
export interface Runner {
  /** Runs a command and returns its output. Throws `CommandError` when it exits with anything but 0. */
  run(command: readonly string[], options?: RunOptions): Promise<RunResult>
  /** Asks a question that changes nothing: like `run`, but an exit code is an answer, not an error. */
  probe(command: readonly string[], options?: RunOptions): Promise<RunResult>
}

/** A command that failed: the command line ready to paste, its exit code and the end of what it said. */
export class CommandError extends PlatformError {
  readonly command: readonly string[]
  readonly result: RunResult

  constructor(command: readonly string[], result: RunResult) {
    const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-20).join('\n')
    super('COMMAND_FAILED', `\`${shellQuote(command)}\` exited with ${result.exitCode}${said ? `:\n${said}` : ''}`)
    this.name = 'CommandError'
    this.command = command
    this.result = result
  }
}

/** The command as one line that a POSIX shell reads back as the same words. */
export function shellQuote(command: readonly string[]): string {
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')
}

async function execute(command: readonly string[], options: RunOptions): Promise<RunResult> {
  // Loaded with the first command: a call with nothing to do runs none, and zx takes its time to load.
  const { $ } = await import('zx/core')
  const shell = $({
    cwd: options.cwd,
    env: mergedEnvironment(options.env),
    input: options.input,
    signal: options.signal,
    // a process group of its own: a signal reaches all of it, and Ctrl-C in the terminal reaches it through us alone
    detached: true,
    nothrow: true,
    quiet: true,
    verbose: false,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  const child = shell`${command}`
  if (options.onLine) {
    feedLines(child.stdout, (line) => options.onLine?.(line, 'stdout'))
    feedLines(child.stderr, (line) => options.onLine?.(line, 'stderr'))
  }
  const output: ProcessOutput = await child
  const exitCode = output.exitCode ?? (output.signal ? signalExitCode(output.signal) : ExitCode.failed)
  return { stdout: output.stdout, stderr: output.stderr, exitCode }
}

function mergedEnvironment(extra: RunOptions['env']): Record<string, string> {
  const merged = { ...environment(), ...extra }
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function feedLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(onLine)
  })
  stream.on('end', () => rest && onLine(rest))
}

/** Runs commands on this machine. */
export const systemRunner: Runner = {
  probe: (command, options = {}) => execute(command, options),
  async run(command, options = {}) {
    const result = await execute(command, options)
    if (result.exitCode !== 0) throw new CommandError(command, result)
    return result
  },
}
