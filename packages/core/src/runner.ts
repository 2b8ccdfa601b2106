import { StringDecoder } from 'node:string_decoder'
import type { ProcessOutput } from 'zx/core'
import { environment } from './environment.ts'
import { ExitCode, PlatformError } from './errors.ts'
import { signalExitCode } from './exit-code.ts'
import { withoutCredentials } from './without-credentials.ts'

export interface RunOptions {
  readonly cwd?: string
  /** Added to the process's environment; `undefined` removes a variable. Shown in errors: no secrets. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Written to the command's stdin. Secrets go here, never into argv. */
  readonly input?: string | Buffer
  /** Called with each line of output as it arrives. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void
  /** On abort, the command's process group gets SIGTERM. */
  readonly signal?: AbortSignal
}

export interface RunResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** Runs commands. Tests pass a fake; the real one is `systemRunner`. */
export interface Runner {
  /** Runs a command and returns its output. Throws `CommandError` on a nonzero exit code. */
  run(command: readonly string[], options?: RunOptions): Promise<RunResult>
  /** Like `run`, for read-only commands: a nonzero exit code is a result, not an error. */
  probe(command: readonly string[], options?: RunOptions): Promise<RunResult>
}

/**
 * A command that failed: the command line, its exit code and the last lines of its output. The hint is the same command
 * with its folder and environment, ready to paste; there is none if the command had input on stdin.
 */
export class CommandError extends PlatformError {
  readonly command: readonly string[]
  readonly result: RunResult

  constructor(command: readonly string[], result: RunResult, options: RunOptions = {}) {
    const output = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-20).join('\n')
    const message = `\`${shellQuote(command)}\` exited with ${result.exitCode}${output ? `:\n${output}` : ''}`
    super('COMMAND_FAILED', withoutCredentials(message), {
      hint: options.input === undefined ? shellLine(command, options) : undefined,
    })
    this.name = 'CommandError'
    this.command = command
    this.result = result
  }
}

/** A command with its folder and environment, as one line to paste. Credentials are redacted. */
export function shellLine(command: readonly string[], { cwd, env = {} }: Pick<RunOptions, 'cwd' | 'env'> = {}): string {
  const changes = Object.entries(env).flatMap(([name, value]) => (value === undefined ? ['-u', name] : []))
  changes.push(...Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])))
  const line = shellQuote(changes.length ? ['env', ...changes, ...command] : command)
  return withoutCredentials(cwd ? `cd ${shellQuote([cwd])} && ${line}` : line)
}

/** The command as one line, quoted for a POSIX shell. */
export function shellQuote(command: readonly string[]): string {
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')
}

async function execute(command: readonly string[], options: RunOptions): Promise<RunResult> {
  // Loaded on first use: zx loads slowly, and a no-op runs no command.
  const { $ } = await import('zx/core')
  const shell = $({
    cwd: options.cwd,
    env: mergedEnvironment(options.env),
    input: options.input,
    signal: options.signal,
    // A separate process group: a signal reaches all of it, and Ctrl-C in the terminal reaches it only through us.
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
  // zx decodes each chunk separately, which breaks characters that span two chunks.
  const texts = [collect(child.stdout), collect(child.stderr)] as const
  const output: ProcessOutput = await child
  const exitCode = output.exitCode ?? (output.signal ? signalExitCode(output.signal) : ExitCode.failed)
  return { stdout: texts[0](), stderr: texts[1](), exitCode }
}

function mergedEnvironment(extra: RunOptions['env']): Record<string, string> {
  const merged = { ...environment(), ...extra }
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Returns a function that gives the stream's whole text once the stream has ended. */
function collect(stream: NodeJS.ReadableStream): () => string {
  const decoder = new StringDecoder('utf8')
  const texts: string[] = []
  stream.on('data', (chunk: Buffer) => texts.push(decoder.write(chunk)))
  return () => texts.join('') + decoder.end()
}

function feedLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  // A multi-byte character may span two chunks.
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
