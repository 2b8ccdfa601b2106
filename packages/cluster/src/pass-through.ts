import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { type Environment, environment, PlatformError } from '@platform/core'

/** Signals that are forwarded to the command. */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const

export interface PassThroughOptions {
  /** Undefined unsets a variable. */
  readonly env?: Environment
  readonly cwd?: string
}

/**
 * Runs a command with our stdin, stdout, stderr, terminal and signals. Returns its exit code, or 128 + the signal's
 * number if a signal ended it. Unlike the Runner it captures nothing.
 */
export function passThrough(
  command: string,
  args: readonly string[],
  options: PassThroughOptions = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { ...environment(), ...options.env }
    const child = spawn(command, args, { stdio: 'inherit', env, cwd: options.cwd })
    // On a terminal, Ctrl-C already reaches the child: it is in the terminal's process group.
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

/** Removes a leading `--`, which pnpm may need to pass options through. */
export function passedArguments(args: readonly string[]): string[] {
  return args[0] === '--' ? args.slice(1) : [...args]
}
