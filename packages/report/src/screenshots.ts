import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { UnitContext } from '@platform/core'
import { withBrowser } from './browser/index.ts'

/**
 * Opens a report and takes a picture of its first page in light and dark, and one of every dashboard.
 *
 * @returns the paths of the pictures
 * @throws PlatformError NO_BROWSER
 */
export async function takeScreenshots(
  report: string,
  {
    folder,
    context,
    say = () => {},
  }: { readonly folder: string; readonly context: UnitContext; readonly say?: (what: string) => void },
): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  say('screenshots')
  return withBrowser(context, async (browser) => {
    const files: string[] = []
    const page = await browser.newPage()
    await page.goto(pathToFileURL(report).href)
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      const path = join(folder, `report-${colorScheme}.png`)
      await page.screenshot({ path })
      files.push(path)
    }
    const boards = page.locator('details[data-dashboard]')
    for (const board of await boards.all()) {
      const uid = await board.getAttribute('data-dashboard')
      await board.evaluate((details) => details.setAttribute('open', ''))
      await board.locator('.grid').first().waitFor()
      const path = join(folder, `${uid}.png`)
      await board.screenshot({ path })
      // One open at a time: a page of twenty dashboards takes its time to paint.
      await board.evaluate((details) => details.removeAttribute('open'))
      files.push(path)
    }
    return files
  })
}
