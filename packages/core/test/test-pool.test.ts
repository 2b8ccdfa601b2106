import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type PooledWork, runPool } from '../src/test-pool.ts'
import { slowestText, splitEvenly } from '../src/test-runner.ts'

const pool = suite('pool of test files')
const signal = new AbortController().signal

/** Work that writes its name twice and records what ran at the same time. */
function fixture() {
  const running = new Set<string>()
  const beside: string[] = []
  const make = (name: string, alone = false, ms = 10): PooledWork => ({
    ...{ name, alone },
    async run(write) {
      running.add(name)
      write(`${name} begins\n`)
      await sleep(ms)
      beside.push([...running].sort().join('+'))
      write(`${name} ends\n`)
      running.delete(name)
    },
  })
  let text = ''
  const write = (more: string) => {
    text += more
  }
  return { make, beside, write, text: () => text }
}

pool('two run at the same time; work that must run alone runs last', async () => {
  const { make, beside, write } = fixture()
  const work = [make('a'), make('alone', true), make('b'), make('c')]
  assert.equal(await runPool(work, { concurrency: 2, signal, isLate: () => false, write }), [])
  assert.is(beside.at(-1), 'alone')
  assert.ok(beside.includes('a+b'), beside.join())
  assert.ok(
    beside.every((names) => names === 'alone' || !names.includes('alone')),
    beside.join(),
  )
})

pool('the output of each work is shown in one piece', async () => {
  const { make, write, text } = fixture()
  await runPool([make('a', false, 20), make('b', false, 5)], { concurrency: 2, signal, isLate: () => false, write })
  assert.is(text(), '▸ a\n▸ b\n\nb\nb begins\nb ends\n\na\na begins\na ends\n')
})

pool('work that cannot start in time is returned', async () => {
  const { make, beside, write } = fixture()
  const isLate = () => beside.length > 0
  assert.equal(await runPool([make('a'), make('b')], { concurrency: 1, signal, isLate, write }), ['b'])
})

pool('after a signal no more work starts, and started work has ended', async () => {
  const { make, beside, write } = fixture()
  const stop = new AbortController()
  const work = [make('a'), make('b'), make('c')]
  setTimeout(() => stop.abort(new Error('SIGINT')), 2)
  const ended = runPool(work, { concurrency: 2, signal: stop.signal, isLate: () => false, write })
  assert.match(await ended.then(() => '', String), /SIGINT/)
  assert.equal([...beside].sort().at(-1)?.split('+').at(-1), 'b')
})

pool('an error is thrown after the others have ended', async () => {
  const { make, beside, write } = fixture()
  const bad: PooledWork = { name: 'bad', alone: false, run: async () => Promise.reject(new Error('no such file')) }
  const ended = runPool([bad, make('a')], { concurrency: 2, signal, isLate: () => false, write })
  assert.match(await ended.then(() => '', String), /no such file/)
  assert.equal(beside, ['a'])
})

pool('unit test files are split between two processes by duration', () => {
  const ms: Record<string, number> = { a: 1, b: 9, c: 4, d: 3 }
  assert.equal(splitEvenly(Object.keys(ms), (file) => ms[file] ?? 0).sort(), [['b'], ['c', 'd', 'a']])
  assert.equal(
    splitEvenly(['a'], () => 1),
    [['a']],
  )
  assert.equal(
    splitEvenly([], () => 1),
    [],
  )
})

pool('the ten slowest files are listed, the slowest first', () => {
  const times = Array.from({ length: 12 }, (_, n) => ({ file: `/root/f${n}.ts`, ms: n * 1000 }))
  const lines = slowestText(times, '/root').trimEnd().split('\n')
  assert.is(lines.length, 11)
  assert.match(lines[1] ?? '', /11\.0s +f11\.ts$/)
  assert.is(slowestText([]), '')
})

pool.run()
