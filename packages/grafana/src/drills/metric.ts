import type { ProofContext } from '@platform/engine'
import { editConfig, loaded, relabel } from '@platform/monitoring/prometheus-config'

/** Scraped through its annotated Service, as every exporter of the platform. */
const job = 'kubernetes-service-endpoints'
const rule = [
  'source_labels: [__name__]',
  'regex: node_load(.*)',
  'target_label: __name__',
  'replacement: node_old_load$1',
]

/** As a new release of an exporter does it: the series are there, and nobody asks for them by their names. */
export async function renameMetric(context: ProofContext): Promise<void> {
  await editConfig(context, relabel(job, rule))
}

/** The configuration is another component's: `up` of this one does not know of it. */
export async function nameMetricBack(context: ProofContext): Promise<void> {
  await editConfig(context, withoutRule)
  await loaded(context)
}

/** The text as it was before the rule was added; the list that it brought along goes with it. */
export function withoutRule(text: string): string {
  const added = rule.map((line, n) => `${n ? '        ' : '      - '}${line}\n`).join('')
  const list = `    metric_relabel_configs:\n${added}`
  const at = text.indexOf(list)
  const others = at >= 0 && text.startsWith('      - ', at + list.length)
  return text.replace(at >= 0 && !others ? list : added, () => '')
}
