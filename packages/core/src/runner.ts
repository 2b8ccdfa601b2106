import { StringDecoder } from 'node:string_decoder'
import type { ProcessOutput } from 'zx/core'
import { environment } from './environment.ts'
import { ExitCode, PlatformError } from './errors.ts'
import { signalExitCode } from './exit-code.ts'
import { withoutCredentials } from './without-credentials.ts'

export interface RunOptions {
  readonly cwd?: string
  /** Added to the process's environment; `undefined` takes a variable away. Shown in errors: no secrets. */
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

/**
 * A command that failed: the command line, its exit code and the end of what it said. The hint is the same command in the
 * same folder and environment, ready to paste; there is none when it was given something on stdin.
 */
export class CommandError extends PlatformError {
  readonly command: readonly string[]
  readonly result: RunResult

  constructor(command: readonly string[], result: RunResult, options: RunOptions = {}) {
    const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-20).join('\n')
    const message = `\`${shellQuote(command)}\` exited with ${result.exitCode}${said ? `:\n${said}` : ''}`
    super('COMMAND_FAILED', withoutCredentials(message), {
      hint: options.input === undefined ? shellLine(command, options) : undefined,
    })
    this.name = 'CommandError'
    this.command = command
    this.result = result
  }
}

/** A command in its folder and with its environment, as one line to paste. Without passwords. */
export function shellLine(command: readonly string[], { cwd, env = {} }: Pick<RunOptions, 'cwd' | 'env'> = {}): string {
  const changes = Object.entries(env).flatMap(([name, value]) => (value === undefined ? ['-u', name] : []))
  changes.push(...Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])))
  const line = shellQuote(changes.length ? ['env', ...changes, ...command] : command)
  return withoutCredentials(cwd ? `cd ${shellQuote([cwd])} && ${line}` : line)
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
  // zx makes text of each chunk by itself, which breaks characters that lie across two.
  const texts = [collect(child.stdout), collect(child.stderr)] as const
  const output: ProcessOutput = await child
  const exitCode = output.exitCode ?? (output.signal ? signalExitCode(output.signal) : ExitCode.failed)
  return { stdout: texts[0](), stderr: texts[1](), exitCode }
}

function mergedEnvironment(extra: RunOptions['env']): Record<string, string> {
  const merged = { ...environment(), ...extra }
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Returns what reads all that the stream said, once it has ended. */
function collect(stream: NodeJS.ReadableStream): () => string {
  const decoder = new StringDecoder('utf8')
  const texts: string[] = []
  stream.on('data', (chunk: Buffer) => texts.push(decoder.write(chunk)))
  return () => texts.join('') + decoder.end()
}

function feedLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  // A character of several bytes may lie across two chunks.
  const decoder = new StringDecoder('utf8')
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(onLine)
  })
  stream.on('end', () => {
    rest += decoder.end()
    if (rest) onLine(rest)
  })
}

/** Runs commands on this machine. */
export const systemRunner: Runner = {
  probe: (command, options = {}) => execute(command, options),
  async run(command, options = {}) {
    const result = await execute(command, options)
    if (result.exitCode !== 0) throw new CommandError(command, result, options)
    return result
  },
}
