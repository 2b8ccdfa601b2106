import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Environment,
  loadSettings,
  PlatformError,
  type Runner,
  type RunResult,
  repositoryRoot,
  type Settings,
  shellQuote,
} from '@platform/core'
import { ownEnvironment } from './own-environment.ts'

/** A temporary cluster for one piece of work. */
export interface OwnCluster {
  readonly settings: Settings
  /** Runs one of the scripts on it: `up cluster`. */
  script(words: readonly string[], signal?: AbortSignal): Promise<RunResult>
  /** Environment variables for commands on this cluster. */
  readonly env: Environment
}

export interface OwnClusterOptions {
  readonly env: Environment
  readonly runner: Runner
  readonly say: (line: string) => void
}

/**
 * Does some work on a cluster of its own, in a temporary folder, and takes it down, however the work ended: that is
 * waited for, and no signal ends it. State is deleted only once nothing runs on it.
 *
 * @param work must have ended all that it started on the cluster when it settles
 * @throws what the work threw; PlatformError CLUSTER_NOT_REMOVED when the work passed and the cluster could not be removed
 */
export async function withOwnCluster<T>(
  { env, runner, say }: OwnClusterOptions,
  work: (cluster: OwnCluster) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-cluster-'))
  const place = { CLUSTER_NAME: 'bench', STATE_DIR: folder }
  const own = ownEnvironment(env, place)
  const command = ([name = '', ...args]: readonly string[]) => [
    'node',
    '--import',
    'tsx',
    `scripts/${name}.ts`,
    ...args,
  ]
  const cluster: OwnCluster = {
    settings: loadSettings({ env: { ...env, ...own } }),
    env: own,
    script: (words, signal) => runner.run(command(words), { cwd: repositoryRoot, env: own, signal }),
  }
  const down = ['down', 'cluster', '--purge']
  /** @returns what stands in the way */
  const remove = async (): Promise<string | undefined> => {
    try {
      await cluster.script(down)
      rmSync(folder, { recursive: true, force: true })
      return undefined
    } catch (error) {
      const variables = Object.entries({ ...place, ENV_FILE: '/dev/null' }).map(([name, value]) => `${name}=${value}`)
      const again = shellQuote(['env', ...variables, 'pnpm', 'run', ...down])
      return `the cluster of the benchmark is still there, with its state in ${folder}: ${(error as Error).message}\n${again}`
    }
  }
  let result: T
  try {
    result = await work(cluster)
  } catch (error) {
    say('taking the cluster of the benchmark down')
    const left = await remove()
    if (left) say(left)
    throw error
  }
  const left = await remove()
  if (left) throw new PlatformError('CLUSTER_NOT_REMOVED', left)
  return result
}
