import { fileURLToPath } from 'node:url'
import { systemRunner } from '@platform/core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

// With the flags of the toolchain's build, so that what that compiled is used again.
test("the stand-in's own tests pass", async () => {
  const { stdout } = await systemRunner.run(
    ['go', 'test', '-v', '-trimpath', '-buildvcs=false', '-mod=readonly', '-gcflags=all=-dwarf=false', './...'],
    { cwd: fileURLToPath(new URL('../stand-in', import.meta.url)), env: { CGO_ENABLED: '0', GOFLAGS: '' } },
  )
  assert.ok(stdout.split('\n').filter((line) => line.trim().startsWith('--- PASS')).length >= 40, stdout)
})

test.run()
