import { loadSettings, type Settings } from '@platform/core'

/** Settings as an env file without the given names would make them, in a folder that need not exist. */
export function testSettings(env: Readonly<Record<string, string>> = {}): Settings {
  return loadSettings({ env: { HOME: '/home/test', ...env }, root: '/nowhere' })
}
