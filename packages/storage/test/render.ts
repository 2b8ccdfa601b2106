import { fileURLToPath } from 'node:url'
import { hasHelm, type Rendered, renderChart } from '@platform/engine/test/render-chart'

export { hasHelm, type Rendered }

const chart = fileURLToPath(new URL('../chart', import.meta.url))

/** The output of `helm template` with these values, or its error. */
export function render(values: object = {}) {
  return renderChart({ chart, release: 'mysql-release', namespace: 'storage' }, values)
}

/** The object of this kind, and of this name if there are several. */
export function find(objects: readonly Rendered[], kind: string, name = 'mysql-release'): Rendered {
  const found = objects.find((each) => each.kind === kind && each.metadata.name === name)
  if (!found) throw new Error(`no ${kind} ${name}`)
  return found
}
