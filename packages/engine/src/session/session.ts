import { dirname, join } from 'node:path'
import {
  type Access,
  type Api,
  createKubectl,
  createTarget,
  type Kubectl,
  openApi,
  type Target,
  withoutForeign,
} from '@platform/cluster'
import type { RunOptions, RunResult, UnitContext } from '@platform/core'

/** The connection to one cluster. */
export interface Session {
  readonly target: Target
  readonly access: Access
  readonly api: Api
  readonly kubectl: Kubectl
  /** Runs Helm on the cluster. Arguments without `--kubeconfig`; values go through `input`. */
  helm(args: readonly string[], options?: RunOptions): Promise<RunResult>
  /** The full command line, as a dry run prints it. */
  helmCommand(args: readonly string[]): Promise<readonly string[]>
}

const sessions = new WeakMap<UnitContext['settings'], Promise<Session>>()

/**
 * Connects to the cluster of these settings. All components of a process share the connection.
 *
 * @throws PlatformError as Target does, such as CLUSTER_NOT_RUNNING
 */
export function openSession(context: UnitContext): Promise<Session> {
  const { settings } = context
  const known = sessions.get(settings)
  if (known) return known
  const opened = connect(context)
  sessions.set(settings, opened)
  // The next call tries again.
  opened.catch(() => sessions.delete(settings))
  return opened
}

async function connect(context: UnitContext): Promise<Session> {
  const { settings, runner, signal } = context
  const target = await createTarget(settings, context)
  const access = await target.access()
  const { kubeconfig, context: name } = access
  // Beside the kubeconfig, so that each cluster has its own caches on both targets.
  const home = dirname(kubeconfig)
  const kubectl = createKubectl({
    ...{ binary: access.kubectl, kubeconfig, context: name, runner, signal },
    cacheDir: join(home, 'kube-cache'),
  })
  const helmCommand = async (args: readonly string[]) => [
    await access.helm(),
    ...args,
    `--kubeconfig=${kubeconfig}`,
    ...(name ? [`--kube-context=${name}`] : []),
  ]
  return {
    ...{ target, access, kubectl, helmCommand, api: await openApi(access) },
    helm: async (args, options = {}) =>
      runner.run(await helmCommand(args), { signal, ...options, env: { ...helmEnvironment(home), ...options.env } }),
  }
}

/** Keeps Helm out of the user's home, and the user's environment from changing what Helm does. */
export function helmEnvironment(home: string): Record<string, string | undefined> {
  return {
    ...withoutForeign(),
    HELM_DRIVER: 'secret',
    HELM_CACHE_HOME: join(home, 'helm', 'cache'),
    HELM_CONFIG_HOME: join(home, 'helm', 'config'),
    HELM_DATA_HOME: join(home, 'helm', 'data'),
  }
}
