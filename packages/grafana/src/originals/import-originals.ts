import { basename } from 'node:path'
import type { Settings } from '@platform/core'
import type { OverlayValues } from '@platform/engine'
import type { Dashboard } from '@platform/panels'
import { readOriginals } from './read-originals.ts'
import { imported, type Original, wantedOriginals } from './wanted.ts'

/**
 * The dashboards of others, by the names of their files, with their inputs filled in: those that are files, and those of
 * grafana.com that were fetched. A dashboard without a usable panel is skipped; `up` reports it (`externalInputs`).
 *
 * @param ours our own: a uid of theirs stays free for them
 */
export function importOriginals({
  settings,
  root,
  overlays,
  ours,
}: {
  readonly settings: Pick<Settings, 'cacheDir'>
  readonly root: string
  readonly overlays: readonly OverlayValues[]
  readonly ours: Readonly<Record<string, string>>
}): Readonly<Record<string, string>> {
  const taken = new Set(Object.keys(ours).map((name) => name.replace(/\.json$/, '')))
  const found = readOriginals(wantedOriginals(overlays, root), settings).flatMap(({ original, dashboard }) =>
    dashboard ? [{ original, dashboard }] : [],
  )
  return Object.fromEntries(
    found.map(({ original, dashboard }) => {
      const uid = uidOf(original, dashboard, taken)
      taken.add(uid)
      return [
        `${imported}${uid
          .toLowerCase()
          .replace(/[^a-z0-9]+/g, '-')
          .replace(/^-|-$/g, '')}.json`,
        written(dashboard, uid),
      ]
    }),
  )
}

/** Its own, so that links to it hold; else one that stays the same as long as it is named the same. */
function uidOf(original: Original, { uid }: Dashboard, taken: ReadonlySet<string>): string {
  if (uid && /^[\w-]{1,40}$/.test(uid) && !taken.has(uid)) return uid
  const name = 'id' in original ? `grafana-com-${original.id}` : basename(original.file, '.json')
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 30)
  return taken.has(plain) ? `${plain}-imported` : plain
}

/** Ids are of the Grafana that it came from. */
function written(dashboard: Dashboard, uid: string): string {
  const { id: _, ...rest } = dashboard as Dashboard & { readonly id?: unknown }
  return `${JSON.stringify({ ...rest, uid })}\n`
}
