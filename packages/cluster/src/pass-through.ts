import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { type Environment, environment, PlatformError } from '@platform/core'

/** Signals that a terminal or a caller sends to us and that the command must get instead. */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const

export interface PassThroughOptions {
  /** Undefined takes a variable out. */
  readonly env?: Environment
  readonly cwd?: string
}

/**
 * Runs a command in our place: it has our stdin, stdout, stderr and terminal, gets our signals, and its exit code (128 +
 * the signal's number if one ended it) is returned. This is what the Runner can't do: nothing is captured.
 */
export function passThrough(
  command: string,
  args: readonly string[],
  options: PassThroughOptions = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { ...environment(), ...options.env }
    const child = spawn(command, args, { stdio: 'inherit', env, cwd: options.cwd })
    // Ctrl-C on a terminal reaches the child by itself, as part of the terminal's process group.
    const byTerminal = (signal: NodeJS.Signals) => process.stdin.isTTY && (signal === 'SIGINT' || signal === 'SIGQUIT')
    const handlers = forwarded.map((signal) => {
      const handler = () => void (byTerminal(signal) || child.kill(signal))
      process.on(signal, handler)
      return [signal, handler] as const
    })
    const restore = () => {
      for (const [signal, handler] of handlers) process.off(signal, handler)
    }
    child.once('error', (cause) => {
      restore()
      reject(new PlatformError('COMMAND_NOT_STARTED', `${command} can't be started: ${cause.message}`, { cause }))
    })
    child.once('exit', (code, signal) => {
      restore()
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}

/** The arguments without a leading `--`, which pnpm may have needed to let options through. */
export function passedArguments(args: readonly string[]): string[] {
  return args[0] === '--' ? args.slice(1) : [...args]
}
