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

/** One cluster, as everything in the engine reaches it. */
export interface Session {
  readonly target: Target
  readonly access: Access
  readonly api: Api
  readonly kubectl: Kubectl
  /** Runs Helm on the cluster. Arguments without `--kubeconfig`; values and other input through `input`. */
  helm(args: readonly string[], options?: RunOptions): Promise<RunResult>
  /** The same command line, as a dry run prints it. */
  helmCommand(args: readonly string[]): Promise<readonly string[]>
}

const sessions = new WeakMap<UnitContext['settings'], Promise<Session>>()

/**
 * The cluster of these settings; one connection for all components of a process.
 *
 * @throws PlatformError as Target does: CLUSTER_NOT_RUNNING among them
 */
export function openSession(context: UnitContext): Promise<Session> {
  const { settings } = context
  const known = sessions.get(settings)
  if (known) return known
  const opened = connect(context)
  sessions.set(settings, opened)
  // It may be up the next time.
  opened.catch(() => sessions.delete(settings))
  return opened
}

async function connect(context: UnitContext): Promise<Session> {
  const { settings, runner, signal } = context
  const target = await createTarget(settings, context)
  const access = await target.access()
  const { kubeconfig, context: name } = access
  // Beside the kubeconfig: with the cluster that it is about, whatever the target is.
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

/** What keeps Helm from writing in the user's home, and the user's environment from changing what a command means. */
export function helmEnvironment(home: string): Record<string, string | undefined> {
  return {
    ...withoutForeign(),
    HELM_DRIVER: 'secret',
    HELM_CACHE_HOME: join(home, 'helm', 'cache'),
    HELM_CONFIG_HOME: join(home, 'helm', 'config'),
    HELM_DATA_HOME: join(home, 'helm', 'data'),
  }
}
