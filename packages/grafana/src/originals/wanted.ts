import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Settings } from '@platform/core'
import type { OverlayValues } from '@platform/engine'

/** What the names of imported dashboards' files begin with. */
export const imported = 'original-'

/** A dashboard of others that an overlay names. */
export type Original = { readonly place: string } & (
  | { readonly id: number; readonly revision: number }
  | { readonly path: string; readonly file: string }
)

/** What the overlays name: the last one that has a list, as with every list of values. */
export function wantedOriginals(overlays: readonly OverlayValues[], root: string): readonly Original[] {
  const overlay = overlays.filter(({ values }) => Array.isArray(values.originals)).at(-1)
  if (!overlay) return []
  const folder = dirname(join(root, overlay.file))
  const listed = overlay.values.originals as readonly { id?: number; revision?: number; file?: string }[]
  return listed.flatMap(({ id, revision, file }, n): Original[] => {
    const place = `${overlay.file}:${overlay.lineOf(['originals', n])}: originals.${n}`
    if (file !== undefined) return [{ place, file, path: resolve(folder, file) }]
    return id === undefined || revision === undefined ? [] : [{ place, id, revision }]
  })
}

/** Where a dashboard of grafana.com is kept: a revision never changes. */
export function keptAt({ cacheDir }: Pick<Settings, 'cacheDir'>, id: number, revision: number): string {
  return join(cacheDir, 'originals', `${id}-${revision}.json`)
}

/** Whether it was fetched before. */
export function isKept(settings: Pick<Settings, 'cacheDir'>, id: number, revision: number): boolean {
  return existsSync(keptAt(settings, id, revision))
}
