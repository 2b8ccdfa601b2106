import { join } from 'node:path'
import { repositoryRoot, systemRunner } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { workspaceImages } from '../src/workspace-images.ts'

const test = suite('Go programs that images are made of')
const definitions = await workspaceImages(repositoryRoot)
const sources = definitions.flatMap(({ rebuilt, standIn }) => [
  ...(rebuilt?.sources ?? []),
  ...(standIn?.sources ?? []),
])
const folders = [...new Set(sources.flatMap((source) => (source.kind === 'go' ? [source.folder] : [])))]

test('there are some', () => assert.ok(folders.length))

for (const folder of folders) {
  // With the flags of the toolchain's build, so that what that compiled is used again.
  test(`${folder}: its own tests pass`, async () => {
    const { stdout } = await systemRunner.run(
      ['go', 'test', '-v', '-trimpath', '-buildvcs=false', '-mod=readonly', '-gcflags=all=-dwarf=false', './...'],
      { cwd: join(repositoryRoot, folder), env: { CGO_ENABLED: '0', GOFLAGS: '' } },
    )
    assert.ok(stdout.split('\n').filter((line) => line.trim().startsWith('--- PASS')).length >= 4, stdout)
  })
}

test.run()
