import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { PlatformError, type UnitContext } from '@platform/core'
import { unpackDebian } from '@platform/toolchain'

/** Raised when what is unpacked, or the launcher beside it, changes. */
const format = 1

const names = ['chromium', 'chromium-browser', 'google-chrome']

/**
 * What Chromium can do without in headless pictures: half of what it depends on is for sound, printing, a desktop's
 * icons, or a graphics card.
 */
const leaveOut = ['libllvm19', 'mesa-libgallium', 'adwaita-icon-theme', 'systemd*', 'dbus*', 'x11-common', 'xkb-data']

/** A browser that can be started. */
export interface Chromium {
  readonly executable: string
  /** Arguments and environment that this one needs. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/**
 * Chromium: the one on the PATH, else Debian's package, unpacked into the cache with all that it needs, its own libc
 * among it: nothing is installed, and the machine may be older than the package.
 *
 * @throws PlatformError BROWSER_MISSING that says why there is none
 */
export async function ensureChromium(
  context: UnitContext,
  path: string | undefined,
  { own = false }: { readonly own?: boolean } = {},
): Promise<Chromium> {
  const found = own ? undefined : onPath(path)
  if (found) return { executable: found, args: [], env: {} }
  if (process.arch !== 'x64') throw noBrowser(`Debian's package is unpacked on x64 only, this is ${process.arch}`)
  try {
    return launcher(await unpacked(context))
  } catch (error) {
    if (error instanceof PlatformError) throw noBrowser(error.message)
    throw error
  }
}

function noBrowser(why: string): PlatformError {
  return new PlatformError('BROWSER_MISSING', `no chromium on the PATH, and none could be fetched: ${why}`, {
    hint: 'sudo apt-get install chromium',
  })
}

function onPath(path = ''): string | undefined {
  const files = path.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)))
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function launcher(root: string): Chromium {
  const executable = join(root, 'chromium')
  return {
    executable,
    // Its processes start each other by /proc/self/exe, which is the loader here: they are told to use the launcher.
    args: ['--no-zygote', `--browser-subprocess-path=${executable}`],
    env: { FONTCONFIG_FILE: join(root, 'fonts.conf') },
  }
}

async function unpacked(context: UnitContext): Promise<string> {
  const { settings, runner, emit, signal } = context
  const folder = join(settings.cacheDir, 'browser')
  const root = join(folder, `chromium-${format}`)
  if (existsSync(root)) return root
  mkdirSync(folder, { recursive: true })
  const aside = mkdtempSync(join(folder, 'unpacking.'))
  try {
    const packages = ['chromium', 'fonts-dejavu-core', 'libc6']
    await unpackDebian({ suite: 'trixie', packages, leaveOut, into: aside, settings, runner, emit, signal })
    writeLauncher(aside, root)
    // Whoever was faster has made the same.
    if (!existsSync(root)) renameSync(aside, root)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
  return root
}

/** @param root where it is to be in the end: the paths are written for there */
function writeLauncher(aside: string, root: string): void {
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu')
  const home = join(root, 'usr/lib/chromium')
  // Chromium looks for its files beside /proc/self/exe, and that is the loader.
  copyFileSync(join(aside, 'usr/lib64/ld-linux-x86-64.so.2'), join(aside, 'usr/lib/chromium/ld.so'))
  const path = [libraries, join(libraries, 'pulseaudio'), home].join(':')
  const script = `#!/bin/sh\nexec '${home}/ld.so' --library-path '${path}' '${home}/chromium' "$@"\n`
  writeFileSync(join(aside, 'chromium'), script)
  chmodSync(join(aside, 'chromium'), 0o755)
  const fonts = `<dir>${join(root, 'usr/share/fonts')}</dir><cachedir>${join(root, 'font-cache')}</cachedir>`
  writeFileSync(join(aside, 'fonts.conf'), `<?xml version="1.0"?>\n<fontconfig>${fonts}</fontconfig>\n`)
}
