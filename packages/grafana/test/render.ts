import { fileURLToPath } from 'node:url'
import { hasHelm, type Rendered, renderChart } from '@platform/engine/test/render-chart'

export { hasHelm, type Rendered }

const chart = fileURLToPath(new URL('../chart', import.meta.url))

/** What `helm template` makes of these values, or what it says against them. */
export function render(values: object = {}) {
  return renderChart({ chart, release: 'grafana-dashboard', namespace: 'monitoring' }, values)
}

/** The object of this kind, and name where there are several. */
export function find(objects: readonly Rendered[], kind: string, name = 'grafana-dashboard'): Rendered {
  const found = objects.find((each) => each.kind === kind && each.metadata.name === name)
  if (!found) throw new Error(`no ${kind} ${name}`)
  return found
}
