import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type PlatformError, processStart, withLock } from '../src/index.ts'

const lock = suite('lock')
const folder = mkdtempSync(join(tmpdir(), 'platform-lock-'))
const file = join(folder, 'locks', 'cluster.json')
lock.after(() => rmSync(folder, { recursive: true }))

const run = <T>(work: () => Promise<T>, waitMs?: number) => withLock(file, { command: 'pnpm up all', waitMs }, work)
const hold = (holder: object) =>
  writeFileSync(file, JSON.stringify({ command: 'pnpm up all', since: 'then', id: 'x', ...holder }))

lock('the lock file names the holder while the work runs, and is deleted afterwards', async () => {
  const result = await run(async () => {
    const { pid, start, command } = JSON.parse(readFileSync(file, 'utf8'))
    assert.equal([pid, start, command], [process.pid, processStart(process.pid), 'pnpm up all'])
    return 7
  })
  assert.is(result, 7)
  assert.equal(readdirSync(join(folder, 'locks')), [])
})

lock('the lock is released when the work fails', async () => {
  await run(async () => Promise.reject(new Error('no'))).catch(() => {})
  assert.not(existsSync(file))
})

lock('a second call fails and names the holder', async () => {
  await run(async () => {
    try {
      await run(async () => assert.unreachable())
      assert.unreachable()
    } catch (error) {
      const { code, message, hint, exitCode } = error as PlatformError
      assert.is(code, 'LOCKED')
      assert.match(message, new RegExp(`\`pnpm up all\` \\(pid ${process.pid}\\).* since \\d{4}-`))
      assert.match(hint ?? '', new RegExp(`kill -TERM ${process.pid}`))
      assert.is(exitCode, 1)
    }
  })
})

lock('a second call waits up to waitMs', async () => {
  const order: string[] = []
  const first = run(async () => {
    await sleep(50)
    order.push('first')
  })
  await Promise.all([first, run(async () => void order.push('second'), 5000)])
  assert.equal(order, ['first', 'second'])
})

for (const [name, holder] of [
  ['a process that no longer runs', { pid: 2 ** 22 + 1 }],
  ['a process whose pid was reused', { pid: process.pid, start: 'another boot:1' }],
] as const) {
  lock(`the lock of ${name} is taken over`, async () => {
    hold(holder)
    await run(async () => assert.is(JSON.parse(readFileSync(file, 'utf8')).pid, process.pid))
    assert.equal(readdirSync(join(folder, 'locks')), [])
  })
}

lock('an invalid lock file is taken over, and so is an interrupted takeover', async () => {
  writeFileSync(file, '{"pid":')
  writeFileSync(`${file}.takeover`, JSON.stringify({ pid: 2 ** 22 + 1, id: 'y' }))
  await run(async () => {})
  assert.equal(readdirSync(join(folder, 'locks')), [])
})

lock.run()
