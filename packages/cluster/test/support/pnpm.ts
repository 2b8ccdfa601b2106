import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { environment, repositoryRoot } from '@platform/core'

/** The words that run pnpm: the one that these tests were started with, else the one of package.json by way of npx. */
export function pnpmCommand(): string[] {
  const script = environment().npm_execpath
  if (script && /pnpm[^/]*\.c?js$/.test(script)) return [process.execPath, script]
  const { packageManager } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
    packageManager: string
  }
  return ['npx', '--yes', packageManager]
}
