import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { browserTest, colorsOf, onPage } from './browser.ts'

const inBrowser = await browserTest({ own: true })

inBrowser("Debian's Chromium runs from where it was unpacked, with its own libraries and fonts", async () => {
  await onPage(
    async (page, said) => {
      await page.setContent('<h1 style="font: 40px DejaVu Sans; color: red">Words</h1><canvas></canvas>')
      const heading = page.locator('h1')
      assert.ok((await heading.boundingBox())?.width)
      // Letters have soft edges: more colours than ground and ink.
      assert.ok((await colorsOf(page, await heading.screenshot())) > 10)
      assert.equal(said, [])
    },
    { own: true },
  )
})

test.run()
