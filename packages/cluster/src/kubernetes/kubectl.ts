import { anySignal, CommandError, type Runner, type RunOptions, type RunResult } from '@platform/core'

export interface KubectlOptions {
  /** The binary. */
  readonly binary: string
  readonly runner: Runner
  /** A kubeconfig file, or a list of them as in $KUBECONFIG. Undefined: kubectl's own default. */
  readonly kubeconfig?: string
  /** A context of it. Undefined: its current one. */
  readonly context?: string
  /** kubectl's discovery cache, so that nothing is written to the user's ~/.kube. */
  readonly cacheDir: string
  /** Timeout of one request in seconds. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

/** kubectl, bound to one cluster. Arguments are arrays; nothing goes through a shell. */
export interface Kubectl {
  /** Runs kubectl; throws `CommandError` when it fails. */
  run(args: readonly string[], options?: RunOptions): Promise<RunResult>
  /** Runs kubectl; does not throw when it fails. */
  probe(args: readonly string[], options?: RunOptions): Promise<RunResult>
  /** Runs kubectl with `-o json` and parses its output. */
  json<T>(args: readonly string[], options?: RunOptions): Promise<T>
  /** A GET on a path of the API, as text. */
  raw(path: string): Promise<string>
}

/** A `Kubectl` for one cluster. */
export function createKubectl(options: KubectlOptions): Kubectl {
  const { binary, runner, context, kubeconfig, cacheDir, timeout = 10 } = options
  const signal = options.signal && anySignal(options.signal)
  const base = [
    binary,
    `--cache-dir=${cacheDir}`,
    `--request-timeout=${timeout}s`,
    ...(context ? ['--context', context] : []),
  ]
  // A user's kuberc may hold aliases and default flags that change what a command means.
  const env = {
    KUBECTL_KUBERC: 'false',
    KUBERC: 'off',
    ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }),
  }
  const withDefaults = (extra: RunOptions = {}): RunOptions => ({ signal, ...extra, env: { ...env, ...extra.env } })
  const run: Kubectl['run'] = (args, extra) => runner.run([...base, ...args], withDefaults(extra))
  return {
    run,
    probe: (args, extra) => runner.probe([...base, ...args], withDefaults(extra)),
    async json<T>(args: readonly string[], extra?: RunOptions): Promise<T> {
      const { stdout } = await run([...args, '-o', 'json'], extra)
      // `get --ignore-not-found` prints nothing if there are no objects.
      return JSON.parse(stdout.trim() || '{"items":[]}') as T
    },
    raw: async (path) => (await run(['get', '--raw', path])).stdout,
  }
}

/** The last line of a failed kubectl's stderr, without the command line. */
export function kubectlSaid(error: unknown): string {
  const text = error instanceof CommandError ? error.result.stderr || error.result.stdout : String(error)
  return text.trim().split('\n').pop() ?? ''
}
