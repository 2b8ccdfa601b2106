import { fileURLToPath } from 'node:url'
import type { Component } from '../component/component.ts'
import { fingerprintLabel } from '../component/names.ts'
import type { ChartSource, DesiredRelease } from '../values/types.ts'

/** Label of a Helm release: the run that wrote it. It identifies a pending release as one of ours. */
export const runLabel = 'platform.local/run'

/** How many revisions Helm keeps. */
export const historyMax = 5
const plugins = fileURLToPath(new URL('../../plugins', import.meta.url))
/** Above Helm's default client-side rate limit, which is meant for shared clusters. */
export const speed = ['--qps=100', '--burst-limit=200']
export const serverSide = ['--server-side=true', '--force-conflicts']

export type Named = Pick<Component, 'release' | 'namespace'>

/** The arguments of `helm upgrade --install`; the values come through stdin. */
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

/** The arguments that name the chart. */
export function chartArguments(chart: ChartSource): string[] {
  if (chart.kind === 'own' || chart.kind === 'path') return [chart.path]
  if (chart.kind === 'oci') return [chart.ref, `--version=${chart.version}`]
  return [chart.ref, `--repo=${chart.repo}`, `--version=${chart.version}`]
}

/** Whether the chart is a folder or archive on this machine. */
export function isLocal(chart: ChartSource): boolean {
  return chart.kind === 'own' || chart.kind === 'path'
}

/** The folder of Helm plugins for replaced charts, and the plugin that keeps volumes. */
export const keepVolumes = { plugins, name: 'keep-volumes' } as const
