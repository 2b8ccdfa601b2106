import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  environment,
  loadSettings,
  type RunOptions,
  type RunResult,
  repositoryRoot,
  type Settings,
  shellQuote,
  systemRunner,
} from '@platform/core'
import { type NodeConfig, nodePlaces, nodeStatus } from '@platform/node'
import { ownEnvironment } from '../../src/bench/own-environment.ts'
import { createKubectl, type Kubectl } from '../../src/kubernetes/kubectl.ts'
import { scriptCommand } from './pnpm.ts'

/** A cluster of one test file: of its own name, its state in a folder of its own; the user's cache serves it. */
export interface TestCluster {
  readonly settings: Settings
  /** What makes a command work on this cluster and on no other; `undefined` takes a variable away. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** `pnpm <words>`, as a person types it; any exit code is an answer. */
  pnpm(words: readonly string[], options?: RunOptions): Promise<RunResult>
  /** `pnpm <words>` that must end with 0. */
  pnpmDone(words: readonly string[]): Promise<RunResult>
  /** What the node was started with, and its first process. Throws while it does not run. */
  node(): { readonly config: NodeConfig; readonly pid: number }
  /** kubectl of the toolchain on this cluster, for as long as it is up. */
  kubectl(): Kubectl
  /** Takes everything away: ends what `pnpm` still does, then `pnpm down cluster --purge`, then the folder. */
  remove(): Promise<void>
}

/** Describes a cluster for a test; nothing is started yet. */
export function testCluster(name: string, extra: Readonly<Record<string, string>> = {}): TestCluster {
  const folder = mkdtempSync(join(tmpdir(), `platform-${name}-`))
  const place = { CLUSTER_NAME: name, STATE_DIR: join(folder, 'state') }
  const env = { ...ownEnvironment(environment(), place), ...extra }
  const settings = loadSettings({ env: { ...environment(), ...env } })
  const call = (words: readonly string[], options: RunOptions) =>
    systemRunner.probe(scriptCommand(words), {
      ...options,
      cwd: repositoryRoot,
      env: { ...env, INIT_CWD: String(options.cwd ?? repositoryRoot) },
    })
  const stop = new AbortController()
  const running = new Set<Promise<RunResult>>()
  const pnpm: TestCluster['pnpm'] = async (words, options = {}) => {
    const ended = call(words, { signal: stop.signal, ...options })
    running.add(ended)
    return ended.finally(() => running.delete(ended))
  }
  let removed: Promise<void> | undefined
  const remove = async () => {
    stop.abort()
    await Promise.allSettled(running)
    const words = ['down', 'cluster', '--purge']
    done(words, await call(words, {}))
    rmSync(folder, { recursive: true, force: true })
  }
  const node: TestCluster['node'] = () => {
    const { config, pid, state } = nodeStatus(settings)
    if (!config || pid === undefined) throw new Error(`the cluster ${name} does not run: it is ${state}`)
    return { config, pid }
  }
  return {
    settings,
    env,
    pnpm,
    pnpmDone: async (words) => done(words, await pnpm(words)),
    node,
    kubectl: () =>
      createKubectl({
        binary: join(node().config.paths.bin, 'kubectl'),
        kubeconfig: nodePlaces(settings).kubeconfig,
        cacheDir: join(folder, 'kube-cache'),
        runner: systemRunner,
        timeout: 60,
      }),
    // once, though a signal and the end of the tests may both ask for it
    remove: () => (removed ??= remove()),
  }
}

function done(words: readonly string[], result: RunResult): RunResult {
  const { exitCode, stdout, stderr } = result
  if (exitCode !== 0) throw new Error(`\`pnpm ${shellQuote(words)}\` ended with ${exitCode}\n${stdout}\n${stderr}`)
  return result
}

/** Ends what a test made also when the test is interrupted: Ctrl-C, or the runner's own limit on time. */
export function removeOnSignal(remove: () => Promise<void>): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => void remove().finally(() => process.exit(code)))
  }
}
