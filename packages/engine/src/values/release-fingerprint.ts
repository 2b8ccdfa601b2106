import { createHash } from 'node:crypto'
import type { ComponentIdentity, Values } from '../component/identity.ts'
import { addChartFiles, addText } from './hash.ts'
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
  if (chart.kind === 'own' || chart.kind === 'path') addChartFiles(hash, chart.path)
  else addText(hash, 'chart', JSON.stringify(chart))
  addText(hash, 'values', JSON.stringify(sortedKeys(values)))
  return hash.digest('hex').slice(0, 40)
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
