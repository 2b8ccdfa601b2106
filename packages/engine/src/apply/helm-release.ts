import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Component } from '../component.ts'
import { fingerprintLabel } from '../names.ts'
import type { Session } from '../session.ts'
import type { ChartSource, DesiredRelease } from '../values/types.ts'

/** Label of a Helm release: the run that made it. With it, a release that hangs is known to be one of ours. */
export const runLabel = 'platform.local/run'

/** How many revisions are kept: enough to go back, and to see what was. */
const historyMax = 5
const plugins = fileURLToPath(new URL('../../plugins', import.meta.url))
/** Asked of the API server often: Helm's own limit is for clusters of many. */
const speed = ['--qps=100', '--burst-limit=200']
const serverSide = ['--server-side=true', '--force-conflicts']

export type Helm = Session['helm']
type Named = Pick<Component, 'release' | 'namespace'>

/** The words of `helm upgrade --install`; the values come through stdin. */
export function upgradeArguments(
  { release, namespace }: Named,
  { chart, fingerprint }: Pick<DesiredRelease, 'chart' | 'fingerprint'>,
  runId: string,
): string[] {
  return [
    ...['upgrade', '--install', release, ...chartWords(chart), `--namespace=${namespace}`, '--values=-'],
    ...serverSide,
    `--labels=${fingerprintLabel}=${fingerprint},${runLabel}=${runId}`,
    `--history-max=${historyMax}`,
    ...(chart.kind === 'own' ? [] : ['--post-renderer=keep-volumes']),
    ...['--hide-notes', '--output=json', ...speed],
  ]
}

/** Where Helm finds the chart. */
export function chartWords(chart: ChartSource): string[] {
  if (chart.kind === 'own' || chart.kind === 'path') return [chart.path]
  if (chart.kind === 'oci') return [chart.ref, `--version=${chart.version}`]
  return [chart.ref, `--repo=${chart.repo}`, `--version=${chart.version}`]
}

/** Hands the chart and its values to Helm, which applies them and does not wait: the engine watches by itself. */
export async function upgrade(
  helm: Helm,
  component: Named,
  desired: DesiredRelease,
  { runId, signal }: { readonly runId: string; readonly signal: AbortSignal },
): Promise<void> {
  await helm(upgradeArguments(component, desired, runId), {
    input: JSON.stringify(desired.values),
    env: { HELM_PLUGINS: plugins },
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

/** A chart that this machine has, as its folder or archive. */
export function isLocal(chart: ChartSource): boolean {
  return chart.kind === 'own' || chart.kind === 'path'
}

/** The folder of Helm plugins that a foreign chart is rendered with, and the plugin's name. */
export const keepVolumes = { plugins: join(plugins), name: 'keep-volumes' } as const
