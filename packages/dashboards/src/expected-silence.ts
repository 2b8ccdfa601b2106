import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PlatformError, packageFolders } from '@platform/core'

/** A query that rightly has no data on a healthy cluster: `<uid>.expected.ts` beside a dashboard exports `expected`, a list of them. */
export interface ExpectedSilence {
  /** The panel's title. */
  readonly panel: string
  /** One of its queries; without: all of them. */
  readonly refId?: string
  readonly reason: string
}

/** The list beside one dashboard. */
export interface ExpectationList {
  readonly uid: string
  /** From the root of the checkout. */
  readonly file: string
  readonly expected: readonly ExpectedSilence[]
}

const ending = '.expected.ts'

/**
 * The lists of all packages.
 *
 * @param root the root of the checkout
 * @throws PlatformError INVALID_EXPECTED_EMPTY that names the file which holds no list, or an entry without a reason
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
      const { expected } = (await import(pathToFileURL(path).href)) as { expected?: readonly ExpectedSilence[] }
      const bad = Array.isArray(expected) ? expected.find((each) => !each?.panel || !each.reason) : undefined
      if (!Array.isArray(expected) || bad) {
        const what = bad ? `${JSON.stringify(bad)} lacks a panel or a reason` : 'it must export `expected`, a list'
        throw new PlatformError('INVALID_EXPECTED_EMPTY', `${file}: ${what}`)
      }
      return { uid, file, expected }
    }),
  )
}
