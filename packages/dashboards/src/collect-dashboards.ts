import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PlatformError, packageFolders } from '@platform/core'

interface DashboardHead {
  readonly uid?: string
  readonly title?: string
}

/**
 * Collects src/dashboards/*.ts of all packages as `{ '<uid>.json': text }`. The output is deterministic. `<uid>.expected.ts`
 * beside a dashboard lists its queries that are expected to have no data.
 *
 * @param root the root of the checkout
 * @throws PlatformError INVALID_DASHBOARD that names every file that cannot be loaded, exports no dashboard, or repeats a
 *   uid; a single invalid dashboard stops the installation, because all of them are the platform's own
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
        `${file} must export \`dashboard\` with a title and a uid of at most 40 lower-case letters, digits and dashes`,
      )
      continue
    }
    const name = `${dashboard.uid}.json`
    const other = found.get(name)
    if (other) problems.push(`${file} and ${other.file} have the same uid, ${dashboard.uid}`)
    else found.set(name, { file, text: `${JSON.stringify(dashboard)}\n` })
  }
  if (problems.length) {
    const head = problems.length === 1 ? 'invalid dashboard' : `${problems.length} invalid dashboards`
    throw new PlatformError('INVALID_DASHBOARD', [`${head}:`, ...problems.map((each) => `  ${each}`)].join('\n'))
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { text }]) => [name, text]))
}

/** The exports of a file, or, as a string, the load error with file and line (if the error has one). */
async function load(path: string, root: string): Promise<{ readonly dashboard?: DashboardHead } | string> {
  try {
    return (await import(pathToFileURL(path).href)) as { dashboard?: DashboardHead }
  } catch (error) {
    const { message, stack = '' } = error as Error
    const reason = message.replaceAll(`${root}/`, '').split('\n')[0]
    const file = relative(root, path)
    const line = stack.includes(`${path}:`)
      ? /^:\d+/.exec(stack.slice(stack.indexOf(`${path}:`) + path.length))?.[0]
      : ''
    return reason?.startsWith(file) ? reason : `${file}${line ?? ''}: ${reason}`
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
