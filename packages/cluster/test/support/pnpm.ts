import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { environment, repositoryRoot } from '@platform/core'

interface Manifest {
  readonly packageManager: string
  readonly scripts: Readonly<Record<string, string>>
}

const manifest: Manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'))

/**
 * The command that `pnpm -s <words>` runs, without pnpm, which takes a second of CPU time to start. What pnpm itself does
 * is tested in chain.e2e.ts and life.e2e.ts.
 */
export function scriptCommand(words: readonly string[]): string[] {
  // A run needs to know a pnpm for turbo.
  if (!environment().npm_execpath) return [...pnpmCommand(), '-s', ...words]
  const [name = '', ...rest] = words[0] === 'run' ? words.slice(1) : words
  const script = manifest.scripts[name]
  if (script === undefined) throw new Error(`package.json has no script ${name}`)
  return ['sh', '-c', `${script} "$@"`, 'sh', ...rest]
}

/** The words that run pnpm: the one that these tests were started with, else the one of package.json by way of npx. */
export function pnpmCommand(): string[] {
  const script = environment().npm_execpath
  if (script && /pnpm[^/]*\.c?js$/.test(script)) return [process.execPath, script]
  return ['npx', '--yes', manifest.packageManager]
}
