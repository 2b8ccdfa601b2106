import { readFileSync } from 'node:fs'
import type { Settings } from '@platform/core'
import type { Dashboard } from '@platform/panels'
import { readDashboard } from '@platform/panels/file'
import { isKept, keptAt, type Original } from './wanted.ts'

/** The chart provisions this one and no other. */
const datasources = [{ uid: 'prometheus', name: 'Prometheus', type: 'prometheus' }]

export interface ReadOriginal {
  readonly original: Original
  /** With its inputs filled in; undefined: nothing of it can be used. */
  readonly dashboard?: Dashboard
  /** What can't be used, each with file and place. */
  readonly problems: readonly string[]
}

/** The dashboards that are there: files, and those of grafana.com that were fetched. What is wrong in one is its own affair. */
export function readOriginals(
  originals: readonly Original[],
  settings: Pick<Settings, 'cacheDir'>,
): readonly ReadOriginal[] {
  return originals
    .filter((original) => !('id' in original) || isKept(settings, original.id, original.revision))
    .map((original): ReadOriginal => {
      const [path, named] =
        'id' in original
          ? [keptAt(settings, original.id, original.revision), `${original.id} of grafana.com`]
          : [original.path, original.file]
      const told = (problem: string) => `${original.place}: ${named}: ${problem}`
      let text: string
      try {
        text = readFileSync(path, 'utf8')
      } catch (error) {
        return { original, problems: [told(`can't be read: ${(error as Error).message}`)] }
      }
      const { dashboard, problems } = readDashboard(text, datasources)
      return { original, ...(dashboard && { dashboard }), problems: problems.map(told) }
    })
}
