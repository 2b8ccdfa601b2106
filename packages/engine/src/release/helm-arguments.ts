import { fileURLToPath } from 'node:url'
import type { Component } from '../component/component.ts'
import { fingerprintLabel } from '../component/names.ts'
import type { ChartSource, DesiredRelease } from '../values/types.ts'

/** Label of a Helm release: the run that made it. With it, a release that hangs is known to be one of ours. */
export const runLabel = 'platform.local/run'

/** How many revisions are kept: enough to go back, and to see what was. */
export const historyMax = 5
const plugins = fileURLToPath(new URL('../../plugins', import.meta.url))
/** Asked of the API server often: Helm's own limit is for clusters of many. */
export const speed = ['--qps=100', '--burst-limit=200']
export const serverSide = ['--server-side=true', '--force-conflicts']

export type Named = Pick<Component, 'release' | 'namespace'>

/** The words of `helm upgrade --install`; the values come through stdin. */
export function upgradeArguments(
  { release, namespace }: Named,
  { chart, fingerprint }: Pick<DesiredRelease, 'chart' | 'fingerprint'>,
  runId: string,
): string[] {
  return [
    ...['upgrade', '--install', release, ...chartArguments(chart), `--namespace=${namespace}`, '--values=-'],
    ...serverSide,
    `--labels=${fingerprintLabel}=${fingerprint},${runLabel}=${runId}`,
    `--history-max=${historyMax}`,
    ...(chart.kind === 'own' ? [] : ['--post-renderer=keep-volumes']),
    ...['--hide-notes', '--output=json', ...speed],
  ]
}

/** Where Helm finds the chart. */
export function chartArguments(chart: ChartSource): string[] {
  if (chart.kind === 'own' || chart.kind === 'path') return [chart.path]
  if (chart.kind === 'oci') return [chart.ref, `--version=${chart.version}`]
  return [chart.ref, `--repo=${chart.repo}`, `--version=${chart.version}`]
}

/** A chart that this machine has, as its folder or archive. */
export function isLocal(chart: ChartSource): boolean {
  return chart.kind === 'own' || chart.kind === 'path'
}

/** The folder of Helm plugins that a foreign chart is rendered with, and the plugin's name. */
export const keepVolumes = { plugins, name: 'keep-volumes' } as const
