import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const lock = suite('lock between processes')
const folder = mkdtempSync(join(tmpdir(), 'platform-lock-'))
const file = join(folder, 'cluster.json')
lock.after(() => rmSync(folder, { recursive: true }))

lock('when several processes find a dead holder, one at a time gets the lock', async () => {
  writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, id: 'x' }))
  const source = `
    import { appendFileSync } from 'node:fs'
    import { withLock } from ${JSON.stringify(new URL('../src/lock.ts', import.meta.url).href)}
    const log = (text) => appendFileSync(${JSON.stringify(join(folder, 'log'))}, text + '\\n')
    for (let i = 0; i < 3; i++) await withLock(${JSON.stringify(file)}, { command: 'x', waitMs: 60000 }, async () => {
      log('in ' + process.pid)
      await new Promise((resolve) => setTimeout(resolve, 10))
      log('out ' + process.pid)
    })`
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], { stdio: 'inherit' }),
  )
  const codes = await Promise.all(children.map((child) => new Promise((resolve) => child.on('close', resolve))))
  assert.equal(codes, [0, 0, 0])
  const lines = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n')
  assert.is(lines.length, 18)
  for (let i = 0; i < lines.length; i += 2) assert.is(lines[i + 1], lines[i]?.replace('in', 'out'))
})

lock.run()
