import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ComponentIdentity, Values } from '../component/identity.ts'
import { addFolder, addText } from './hash.ts'
import { isRecord } from './merge.ts'
import type { ChartSource } from './types.ts'

/**
 * The identity of a release: its chart, its resolved values and, in `global.images`, the sources of its images. The texts
 * of our own sources are no part of it.
 *
 * @returns 40 hexadecimal digits, fit for a label
 */
export function releaseFingerprint(
  { namespace, release }: Pick<ComponentIdentity, 'namespace' | 'release'>,
  chart: ChartSource,
  values: Values,
): string {
  const hash = createHash('sha256')
  addText(hash, 'release', `${namespace}/${release}`)
  addChart(hash, chart)
  addText(hash, 'values', JSON.stringify(sortedKeys(values)))
  return hash.digest('hex').slice(0, 40)
}

function addChart(hash: ReturnType<typeof createHash>, chart: ChartSource): void {
  if (chart.kind !== 'own' && chart.kind !== 'path') addText(hash, 'chart', JSON.stringify(chart))
  else if (existsSync(join(chart.path, 'Chart.yaml'))) addFolder(hash, chart.path, 'chart')
  else if (existsSync(chart.path)) hash.update(new Uint8Array(readFileSync(chart.path)))
}

/** The same value with the keys of every object in order: their order in a file means nothing. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortedKeys(value[key])]),
  )
}
