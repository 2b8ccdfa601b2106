import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings, type RunResult, systemRunner } from '@platform/core'
import { unpackDebian } from '@platform/toolchain'

/** Increase this when the unpacked files change. */
const FORMAT = 1

/** Runs promtool from the Debian package that the image of Prometheus uses, so both are the same version. */
export function promtool(args: readonly string[], cwd: string): Promise<RunResult> {
  return run('promtool', 'promtool', args, cwd)
}

/** Runs amtool from the Debian package that the image of Alertmanager uses. */
export function amtool(args: readonly string[], cwd: string): Promise<RunResult> {
  return run('prometheus-alertmanager', 'amtool', args, cwd)
}

/**
 * Unpacks the package into the cache once and runs a tool of it, with the loader and libc of its suite, which may be newer
 * than those of the machine.
 *
 * @throws PlatformError if the package is not available: the machine is not Debian, or no mirror is reachable
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
  // biome-ignore lint/style/noProcessEnv: the cache folder depends on the user's environment
  const settings = loadSettings({ env: process.env })
  const folder = join(settings.cacheDir, 'tests')
  const root = join(folder, `${debian}-${FORMAT}`)
  if (existsSync(root)) return root
  mkdirSync(folder, { recursive: true })
  const aside = mkdtempSync(join(folder, `${debian}.`))
  try {
    const packages = [debian, 'libc6']
    await unpackDebian({ suite: 'testing', packages, dependencies: false, into: aside, settings, runner: systemRunner })
    // Another process may have unpacked it at the same time.
    if (!existsSync(root)) renameSync(aside, root)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
  return root
}
