import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Settings } from '@platform/core'
import type { BoundContext } from './bound-context.ts'
import { contextDirectory } from './user-kubectl.ts'

/**
 * Writes a kubeconfig with only the bound context as the current one; the user's own file is never changed. It contains
 * credentials: mode 0600, under `.cluster/context-<UID>`.
 */
export async function writeOwnKubeconfig(settings: Settings, { uid, kubectl }: BoundContext): Promise<string> {
  const file = join(contextDirectory(settings, uid), 'kubeconfig')
  // The shell of `pnpm shellenv` has this file as its KUBECONFIG already.
  if (settings.KUBECONFIG === file) return file
  const { stdout } = await kubectl.run(['config', 'view', '--minify', '--flatten', '--raw'])
  if (!existsSync(file) || readFileSync(file, 'utf8') !== stdout) writePrivate(file, stdout)
  return file
}

function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.${process.pid}`
  try {
    writeFileSync(fresh, text, { mode: 0o600 })
    chmodSync(fresh, 0o600)
    renameSync(fresh, file)
  } finally {
    rmSync(fresh, { force: true })
  }
}
