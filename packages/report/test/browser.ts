import { loadSettings, PlatformError, systemRunner, type UnitContext } from '@platform/core'
import type { Page } from 'playwright-core'
import { test } from 'uvu'
import { type BrowserOptions, withBrowser } from '../src/browser/index.ts'

/** For tests outside a cluster: progress goes nowhere. */
export function testContext(): UnitContext {
  // biome-ignore lint/style/noProcessEnv: the cache of whoever runs the tests
  const settings = loadSettings({ env: process.env })
  return { settings, runner: systemRunner, emit: () => {}, signal: new AbortController().signal }
}

/** `test` where there is a browser or one can be fetched; else `test.skip`, and why is said: what was not opened was not proved. */
export async function browserTest(options: BrowserOptions = {}) {
  try {
    await withBrowser(testContext(), async () => {}, options)
    return test
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'BROWSER_MISSING') throw error
    process.stderr.write(`SKIPPED, there is no browser: ${error.message}\n`)
    return test.skip
  }
}

/** Opens a page and hands it to the work. Whatever the page complains of is in `said`. */
export async function onPage(
  work: (page: Page, said: readonly string[]) => Promise<void>,
  options: BrowserOptions = {},
): Promise<void> {
  await withBrowser(
    testContext(),
    async (browser) => {
      const page = await browser.newPage()
      const said: string[] = []
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) said.push(message.text())
      })
      page.on('pageerror', (error) => said.push(error.message))
      page.on('requestfailed', (request) => said.push(`${request.url()}: ${request.failure()?.errorText}`))
      await work(page, said)
    },
    options,
  )
}

/** How many colours a picture has in it: of a blank one there is one. Read in the page, which can decode it. */
export async function colorsOf(page: Page, picture: Buffer): Promise<number> {
  // As text: what runs in the page has other types than what runs here.
  return page.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${picture.toString('base64')}'
    await image.decode()
    const canvas = new OffscreenCanvas(image.width, image.height)
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, image.width, image.height)
    return new Set(new Uint32Array(data.buffer)).size
  })()`)
}

/** What each panel's box says, by the panel's id. */
export async function statesOf(page: Page): Promise<Record<string, string>> {
  const pairs = await page
    .locator('.panel')
    .evaluateAll((panels) =>
      panels.map((panel): [string, string] => [
        panel.getAttribute('data-panel') ?? '',
        panel.querySelector('.panel-body')?.getAttribute('data-state') ?? '',
      ]),
    )
  return Object.fromEntries(pairs)
}
