import type { Session } from '../session/session.ts'
import type { DesiredRelease } from '../values/types.ts'
import { historyMax, keepVolumes, type Named, serverSide, speed, upgradeArguments } from './helm-arguments.ts'

export type Helm = Session['helm']

/** Hands the chart and its values to Helm, which applies them and does not wait: the engine watches by itself. */
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

/** Goes back to a revision, without waiting for its pods. */
export async function rollback(helm: Helm, { release, namespace }: Named, revision: number, signal?: AbortSignal) {
  const words = ['rollback', release, String(revision), `--namespace=${namespace}`, `--history-max=${historyMax}`]
  await helm([...words, ...serverSide, ...speed], { signal })
}

/** Takes the release away; what is annotated to be kept stays. Not there is no error. */
export async function uninstall(helm: Helm, { release, namespace }: Named, signal?: AbortSignal): Promise<void> {
  await helm(['uninstall', release, `--namespace=${namespace}`, '--ignore-not-found', ...speed], { signal })
}
