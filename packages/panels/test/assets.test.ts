import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { liveAssets, liveAssetsFolder } from '../src/assets.ts'

test("the stand-in's pages draw with the sources of now: `pnpm panels:build` writes them", async () => {
  for (const [name, text] of Object.entries(await liveAssets())) {
    const file = join(liveAssetsFolder, name)
    assert.ok(existsSync(file) && readFileSync(file, 'utf8') === text, `${name} is old: pnpm panels:build`)
  }
})

test.run()
