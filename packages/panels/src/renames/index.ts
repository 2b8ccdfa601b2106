import { kubeStateMetrics2 } from './kube-state-metrics.ts'
import { kubernetes114, kubernetes116, kubernetes119, kubernetes123 } from './kubernetes.ts'
import { nodeExporter016 } from './node-exporter.ts'
import { scraping } from './scraping.ts'
import { traefik3 } from './traefik.ts'
import type { MetricRename, Renames } from './types.ts'

export type { LabelRename, MetricRename, Renames } from './types.ts'

/** All that is known by name; earlier ones come first where two fit. */
export const knownRenames: readonly Renames[] = [
  ...[kubernetes114, kubernetes116, kubernetes119, kubernetes123],
  ...[kubeStateMetrics2, nodeExporter016, traefik3, scraping],
]

/** A metric's new name, and since when: `since Kubernetes 1.16`. */
export interface NewName {
  readonly since: string
  readonly name: string
  readonly rename: MetricRename
}

/** What a metric is called now; undefined: it is not known to have another name. */
export function newNameOf(metric: string): NewName | undefined {
  for (const { since, metrics = [] } of knownRenames) {
    for (const rename of metrics) {
      const name = renamed(metric, rename)
      if (name !== undefined && (name !== metric || rename.with)) return { since: toldSince(since), name, rename }
    }
  }
  return undefined
}

function toldSince(since: string | undefined): string {
  return since === undefined ? 'as Prometheus is configured here' : `since ${since}`
}

function renamed(metric: string, { from, to }: MetricRename): string | undefined {
  if (!from.endsWith('*')) return metric === from ? to : undefined
  const start = from.slice(0, -1)
  return metric.startsWith(start) ? to.replace('*', metric.slice(start.length)) : undefined
}

/** Why a metric is there no more though it has no new name. */
export function whyGone(metric: string): string | undefined {
  return knownRenames.flatMap(({ gone = [] }) => gone).find(({ name }) => name === metric)?.why
}

/** What a label of a metric may be called now, best first, each with since when. */
export function newLabels(metric: string, label: string): { readonly since: string; readonly label: string }[] {
  return knownRenames.flatMap(({ since, labels = [] }) =>
    labels
      .filter(({ of, from }) => from === label && metric.startsWith(of))
      .flatMap(({ to }) => to.map((each) => ({ since: toldSince(since), label: each }))),
  )
}
