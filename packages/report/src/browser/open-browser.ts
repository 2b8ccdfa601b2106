import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, type UnitContext } from '@platform/core'
import { type BrowserContext, chromium } from 'playwright-core'
import { ensureChromium } from './chromium.ts'

/** A browser in which nothing was before, and that asks for nothing by itself. */
const quiet = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-default-apps', '--no-default-browser-check'],
  // A container's /dev/shm has 64 MB.
  '--disable-dev-shm-usage',
]

/** What a page is opened with. */
export interface BrowserOptions {
  readonly colorScheme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
  /** Not the one on the PATH: Debian's package, unpacked. */
  readonly own?: boolean
}

/**
 * Does some work with a headless Chromium, and ends it. Its profile is a new, empty folder that goes with it.
 *
 * @throws PlatformError BROWSER_MISSING
 */
export async function withBrowser<T>(
  context: UnitContext,
  work: (browser: BrowserContext) => Promise<T>,
  { colorScheme = 'light', width = 1440, height = 1000, own }: BrowserOptions = {},
): Promise<T> {
  const { PATH } = environment()
  const { executable, args, env } = await ensureChromium(context, PATH, { own })
  const profile = mkdtempSync(join(tmpdir(), 'platform-browser-'))
  try {
    const browser = await chromium.launchPersistentContext(join(profile, 'profile'), {
      ...{ executablePath: executable, headless: true, args: [...quiet, ...args], colorScheme },
      viewport: { width, height },
      // No proxy and no home of whoever runs it.
      env: { PATH: PATH ?? '', HOME: profile, TZ: 'UTC', LANG: 'C.UTF-8', ...env },
      chromiumSandbox: false,
      timeout: 60_000,
    })
    try {
      return await work(browser)
    } finally {
      await browser.close()
    }
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
