import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { UnitContext } from '@platform/core'
import type { Page } from 'playwright-core'
import { withBrowser } from './browser/index.ts'

/** The pictures, and what the page complained of while they were taken. */
export interface Screenshots {
  readonly files: readonly string[]
  /** Errors of its console, and panels that are neither drawn nor empty because their answer was. */
  readonly problems: readonly string[]
}

/**
 * Opens a report and takes a picture of its first page in light and dark, and one of every dashboard.
 *
 * @throws PlatformError BROWSER_MISSING
 */
export async function takeScreenshots(
  report: string,
  {
    folder,
    context,
    say = () => {},
  }: { readonly folder: string; readonly context: UnitContext; readonly say?: (what: string) => void },
): Promise<Screenshots> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  say('screenshots')
  return withBrowser(context, async (browser) => {
    const files: string[] = []
    const problems: string[] = []
    const page = await browser.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(`the page's console: ${message.text()}`)
    })
    page.on('pageerror', (error) => problems.push(`the page: ${error.message}`))
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
      problems.push(...(await undrawn(board)).map((each) => `${uid}: ${each}`))
      // One open at a time: a page of twenty dashboards takes its time to paint.
      await board.evaluate((details) => details.removeAttribute('open'))
      files.push(path)
    }
    return { files, problems }
  })
}

/** The panels of a dashboard that are neither drawn nor empty, each with what it says instead. */
async function undrawn(board: ReturnType<Page['locator']>): Promise<string[]> {
  return board.locator('.panel').evaluateAll((panels) =>
    panels.flatMap((panel) => {
      const body = panel.querySelector('.panel-body')
      const state = body?.getAttribute('data-state') ?? 'not drawn'
      if (state === 'drawn' || state === 'empty') return []
      const title = panel.querySelector('h4')?.firstChild?.textContent
      return [`“${title}”: ${state}: ${body?.textContent ?? ''}`]
    }),
  )
}
