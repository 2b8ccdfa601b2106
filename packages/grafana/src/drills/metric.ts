import type { ProofContext } from '@platform/engine'
import { editConfig, relabel } from '@platform/monitoring/prometheus-config'

/** Scraped through its annotated Service, as every exporter of the platform. */
const job = 'kubernetes-service-endpoints'
const rule = [
  'source_labels: [__name__]',
  'regex: node_load(.*)',
  'target_label: __name__',
  'replacement: node_old_load$1',
]

/** As a new release of an exporter does it: the series are there, and nobody asks for them. */
export async function renameMetric(context: ProofContext): Promise<void> {
  await editConfig(context, relabel(job, rule))
}

/** The configuration is another component's: `up` of this one does not know of it. */
export async function nameMetricBack(context: ProofContext): Promise<void> {
  const added = rule.map((line, n) => `${n ? '        ' : '      - '}${line}\n`).join('')
  await editConfig(context, (text) => text.replace(added, () => ''))
}
