import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings, type RunResult, systemRunner } from '@platform/core'
import { unpackDebian } from '@platform/toolchain'

/** Raised when what is unpacked changes. */
const FORMAT = 1

/** Runs promtool of the same Debian package that the image of Prometheus is made from: what it says, Prometheus will. */
export function promtool(args: readonly string[], cwd: string): Promise<RunResult> {
  return run('promtool', 'promtool', args, cwd)
}

/** The same for Alertmanager's. */
export function amtool(args: readonly string[], cwd: string): Promise<RunResult> {
  return run('prometheus-alertmanager', 'amtool', args, cwd)
}

/**
 * Unpacked once, into the cache; with the loader and libc of its own suite, which may be newer than the machine's.
 *
 * @throws PlatformError that says why it can't be had: a machine that is no Debian, or no mirror
 */
async function run(debian: string, tool: string, args: readonly string[], cwd: string): Promise<RunResult> {
  const root = await unpacked(debian)
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu')
  const loader = join(root, 'usr/lib64/ld-linux-x86-64.so.2')
  const program = join(root, 'usr/bin', tool)
  const command = existsSync(loader) ? [loader, '--library-path', libraries, program] : [program]
  return systemRunner.probe([...command, ...args], { cwd })
}

async function unpacked(debian: string): Promise<string> {
  // biome-ignore lint/style/noProcessEnv: the cache of whoever runs the tests
  const settings = loadSettings({ env: process.env })
  const folder = join(settings.cacheDir, 'tests')
  const root = join(folder, `${debian}-${FORMAT}`)
  if (existsSync(root)) return root
  mkdirSync(folder, { recursive: true })
  const aside = mkdtempSync(join(folder, `${debian}.`))
  try {
    const packages = [debian, 'libc6']
    await unpackDebian({ suite: 'testing', packages, dependencies: false, into: aside, settings, runner: systemRunner })
    // Whoever was faster has made the same.
    if (!existsSync(root)) renameSync(aside, root)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
  return root
}
