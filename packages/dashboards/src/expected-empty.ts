import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PlatformError, packageFolders } from '@platform/core'

/**
 * A query that has no data on a healthy cluster. `<uid>.expected.ts` beside a dashboard exports `expected`, a list of them.
 */
export interface ExpectedEmpty {
  /** The panel's title. */
  readonly panel: string
  /** One query of the panel. Without it, all queries are meant. */
  readonly refId?: string
  readonly reason: string
}

/** The list for one dashboard. */
export interface ExpectationList {
  readonly uid: string
  /** Relative to the root of the checkout. */
  readonly file: string
  readonly expected: readonly ExpectedEmpty[]
}

const ending = '.expected.ts'

/**
 * Reads the lists of all packages.
 *
 * @param root the root of the checkout
 * @throws PlatformError INVALID_EXPECTED_EMPTY if a file exports no list, or an entry has no panel or no reason
 */
export async function collectExpected(root: string): Promise<readonly ExpectationList[]> {
  const folders = packageFolders(root)
    .map(({ directory }) => join(directory, 'src/dashboards'))
    .filter((folder) => existsSync(folder))
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .sort()
      .map((name) => ({ path: join(folder, name), uid: name.slice(0, -ending.length) })),
  )
  return Promise.all(
    files.map(async ({ path, uid }) => {
      const file = relative(root, path)
      const { expected } = (await import(pathToFileURL(path).href)) as { expected?: readonly ExpectedEmpty[] }
      const bad = Array.isArray(expected) ? expected.find((each) => !each?.panel || !each.reason) : undefined
      if (!Array.isArray(expected) || bad) {
        const problem = bad
          ? `entry ${JSON.stringify(bad)} needs a panel and a reason`
          : 'must export a list `expected`'
        throw new PlatformError('INVALID_EXPECTED_EMPTY', `${file}: ${problem}`)
      }
      return { uid, file, expected }
    }),
  )
}
