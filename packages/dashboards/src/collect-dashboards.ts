import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PlatformError } from '@platform/core'

/** The little of a dashboard that is looked at here. */
interface Named {
  readonly uid?: string
  readonly title?: string
}

/**
 * Every package's src/dashboards/*.ts, as `{ '<uid>.json': text }`. A new component brings its dashboards by adding a
 * file; `<uid>.expected.ts` beside it says which of its queries rightly have no data. The order and the text are the same each time.
 *
 * @param root the root of the checkout
 * @throws PlatformError BAD_DASHBOARD that names the file which exports no dashboard, or one whose uid is taken
 */
export async function collectDashboards(root: string): Promise<Readonly<Record<string, string>>> {
  const found = new Map<string, { readonly file: string; readonly text: string }>()
  for (const path of dashboardFiles(root)) {
    const file = relative(root, path)
    const { dashboard } = (await import(pathToFileURL(path).href)) as { dashboard?: Named }
    if (!dashboard?.title || !/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(dashboard.uid ?? '')) {
      throw new PlatformError(
        'BAD_DASHBOARD',
        `${file} must export \`dashboard\` with a title and a uid of lower-case letters, digits and dashes, 40 at most`,
      )
    }
    const name = `${dashboard.uid}.json`
    const other = found.get(name)
    if (other) {
      throw new PlatformError('BAD_DASHBOARD', `${file} and ${other.file} have the same uid, ${dashboard.uid}`, {
        hint: `grep -n "uid: '${dashboard.uid}'" ${other.file} ${file}`,
      })
    }
    found.set(name, { file, text: `${JSON.stringify(dashboard)}\n` })
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { text }]) => [name, text]))
}

function dashboardFiles(root: string): string[] {
  const packages = join(root, 'packages')
  return readdirSync(packages)
    .sort()
    .map((name) => join(packages, name, 'src/dashboards'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.expected.ts'))
        .sort()
        .map((name) => join(folder, name)),
    )
}
