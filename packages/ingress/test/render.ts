import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { hasHelm, type Rendered, renderChart } from '@platform/engine/test/render-chart'
import { parse } from 'yaml'

export { hasHelm, type Rendered }

const chart = fileURLToPath(new URL('../chart', import.meta.url))

/** A file of the chart, or of the overlays. */
export const readYaml = (file: string) => parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))

/** The output of `helm template` with these values, or its error. */
export function render(values: object = {}) {
  return renderChart({ chart, release: 'traefik-ingress', namespace: 'kube-system' }, values)
}

/** The rendered object of this kind and name. */
export function rendered(values: object, kind: string, name = 'traefik-ingress'): Rendered {
  const { objects, error } = render(values)
  const found = objects.find((each) => each?.kind === kind && each.metadata.name === name)
  if (!found) throw new Error(`no ${kind} ${name} ${error}`)
  return found
}
