import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PlatformError, packageFolders } from '@platform/core'

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
 * @throws PlatformError INVALID_DASHBOARD that names every file which can't be loaded, exports no dashboard, or one whose uid is
 *   taken: these are our own, so all of them have to be well before any is brought up
 */
export async function collectDashboards(root: string): Promise<Readonly<Record<string, string>>> {
  const found = new Map<string, { readonly file: string; readonly text: string }>()
  const problems: string[] = []
  for (const path of dashboardFiles(root)) {
    const file = relative(root, path)
    const loaded = await load(path, root)
    if (typeof loaded === 'string') {
      problems.push(loaded)
      continue
    }
    const { dashboard } = loaded
    if (!dashboard?.title || !/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(dashboard.uid ?? '')) {
      problems.push(
        `${file} must export \`dashboard\` with a title and a uid of lower-case letters, digits and dashes, 40 at most`,
      )
      continue
    }
    const name = `${dashboard.uid}.json`
    const other = found.get(name)
    if (other) problems.push(`${file} and ${other.file} have the same uid, ${dashboard.uid}`)
    else found.set(name, { file, text: `${JSON.stringify(dashboard)}\n` })
  }
  if (problems.length) {
    const head = problems.length === 1 ? "a dashboard can't be used" : `${problems.length} dashboards can't be used`
    throw new PlatformError('INVALID_DASHBOARD', [`${head}:`, ...problems.map((each) => `  ${each}`)].join('\n'))
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { text }]) => [name, text]))
}

/** What a file exports; a text: why it can't be loaded, with file and line where the error knows it. */
async function load(path: string, root: string): Promise<{ readonly dashboard?: Named } | string> {
  try {
    return (await import(pathToFileURL(path).href)) as { dashboard?: Named }
  } catch (error) {
    const { message, stack = '' } = error as Error
    const says = message.replaceAll(`${root}/`, '').split('\n')[0]
    const file = relative(root, path)
    const line = stack.includes(`${path}:`)
      ? /^:\d+/.exec(stack.slice(stack.indexOf(`${path}:`) + path.length))?.[0]
      : ''
    return says?.startsWith(file) ? says : `${file}${line ?? ''}: ${says}`
  }
}

function dashboardFiles(root: string): string[] {
  return packageFolders(root)
    .map(({ directory }) => join(directory, 'src/dashboards'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.expected.ts'))
        .sort()
        .map((name) => join(folder, name)),
    )
}
