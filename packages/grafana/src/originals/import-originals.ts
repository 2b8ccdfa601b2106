import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Settings, usageError } from '@platform/core'
import type { OverlayValues } from '@platform/engine'
import type { Dashboard } from '@platform/panels'
import { readDashboard } from '@platform/panels/file'
import { imported, keptAt, type Original, wantedOriginals } from './wanted.ts'

/** The chart provisions this one and no other. */
const datasources = [{ uid: 'prometheus', name: 'Prometheus', type: 'prometheus' }]

/**
 * The dashboards of others, by the names of their files, with their inputs filled in: those that are files, and those of
 * grafana.com that were fetched.
 *
 * @param ours our own: a uid of theirs stays free for them
 * @throws PlatformError BAD_ORIGINAL, exit code 2, that names all that is wrong in the files
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
  const problems: string[] = []
  const taken = new Set(Object.keys(ours).map((name) => name.replace(/\.json$/, '')))
  const found = wantedOriginals(overlays, root).flatMap((original) => {
    const text = textOf(original, settings, problems)
    if (text === undefined) return []
    const { dashboard, problems: wrong } = readDashboard(text, datasources)
    const named = 'id' in original ? `${original.id} of grafana.com` : original.file
    // What grafana.com has nobody here can mend: it is told when it is fetched, and shown as it is.
    if (!('id' in original)) problems.push(...wrong.map((each) => `${original.place}: ${named}: ${each}`))
    return dashboard ? [{ original, dashboard }] : []
  })
  if (problems.length) {
    throw usageError(
      'BAD_ORIGINAL',
      `${problems.length === 1 ? 'a dashboard' : 'dashboards'} of others can't be used:\n${problems.map((each) => `  ${each}`).join('\n')}`,
      'pnpm dashboards check values/default/dashboards/*.json',
    )
  }
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

function textOf(original: Original, settings: Pick<Settings, 'cacheDir'>, problems: string[]): string | undefined {
  const path = 'id' in original ? keptAt(settings, original.id, original.revision) : original.path
  if ('id' in original && !existsSync(path)) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    problems.push(`${original.place}: can't be read: ${(error as Error).message}`)
    return undefined
  }
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
