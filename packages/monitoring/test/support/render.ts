import { fileURLToPath } from 'node:url'
import { hasHelm, renderChart } from '@platform/engine/test/render-chart'

export { hasHelm }

const chart = fileURLToPath(new URL('../../chart', import.meta.url))

/** The files of a ConfigMap, rendered by `helm template` with these values. */
export function renderedFiles(values: object, configMap: string): Readonly<Record<string, string>> {
  const { objects, error } = renderChart({ chart, release: 'prometheus', namespace: 'monitoring' }, values)
  const found = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMap)
  if (!found) throw new Error(`the chart rendered no ConfigMap ${configMap}: ${error}`)
  return found.data
}
