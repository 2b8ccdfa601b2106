import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadSettings, type Settings } from '@platform/core'

/** A checkout of a test's own: files by their paths, nothing else. */
export function checkout(files: Readonly<Record<string, string>> = {}): { root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'platform-checkout-'))
  mkdirSync(join(root, 'values', 'default'), { recursive: true })
  for (const [path, text] of Object.entries(files)) write(root, path, text)
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}

export function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** Settings without an env file, and without what this machine's environment says. */
export function settingsOf(env: Readonly<Record<string, string>> = {}): Settings {
  return loadSettings({ env, root: tmpdir() })
}
