import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '@platform/core'

/** URL → SHA-256 of release files that this repository vouches for; `pnpm toolchain:pins` writes it. */
export const pinnedFile = 'packages/toolchain/releases.json'

let pinned: Readonly<Record<string, string>> | undefined

/** The digest that this repository has of a release's file. */
export function pinnedChecksum(url: string): string | undefined {
  pinned ??= JSON.parse(readFileSync(join(repositoryRoot, pinnedFile), 'utf8')) as Record<string, string>
  return pinned[url]
}
