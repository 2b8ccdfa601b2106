import type { Session } from '../session/session.ts'
import type { DesiredRelease } from '../values/types.ts'
import { historyMax, keepVolumes, type Named, serverSide, speed, upgradeArguments } from './helm-arguments.ts'

export type Helm = Session['helm']

/** Runs `helm upgrade --install` without `--wait`: the engine watches the rollout itself. */
export async function upgrade(
  helm: Helm,
  component: Named,
  desired: DesiredRelease,
  { runId, signal }: { readonly runId: string; readonly signal: AbortSignal },
): Promise<void> {
  await helm(upgradeArguments(component, desired, runId), {
    input: JSON.stringify(desired.values),
    env: { HELM_PLUGINS: keepVolumes.plugins },
    signal,
  })
}

/** Runs `helm rollback` without waiting for the pods. */
export async function rollback(helm: Helm, { release, namespace }: Named, revision: number, signal?: AbortSignal) {
  const args = ['rollback', release, String(revision), `--namespace=${namespace}`, `--history-max=${historyMax}`]
  await helm([...args, ...serverSide, ...speed], { signal })
}

/** Runs `helm uninstall`. Objects with the keep annotation stay. A missing release is no error. */
export async function uninstall(helm: Helm, { release, namespace }: Named, signal?: AbortSignal): Promise<void> {
  await helm(['uninstall', release, `--namespace=${namespace}`, '--ignore-not-found', ...speed], { signal })
}
