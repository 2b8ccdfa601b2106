import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type PooledWork, runPool } from '../src/test-pool.ts'
import { shared, slowestText } from '../src/test-runner.ts'

const pool = suite('test files side by side')
const signal = new AbortController().signal

/** Work that writes its name in two parts, and what ran beside it. */
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

pool('two run at the same time, what must run alone runs last and alone', async () => {
  const { make, beside, write } = fixture()
  const work = [make('a'), make('alone', true), make('b'), make('c')]
  assert.equal(await runPool(work, { together: 2, signal, isLate: () => false, write }), [])
  assert.is(beside.at(-1), 'alone')
  assert.ok(beside.includes('a+b'), beside.join())
  assert.ok(
    beside.every((names) => names === 'alone' || !names.includes('alone')),
    beside.join(),
  )
})

pool('what one writes is shown whole', async () => {
  const { make, write, text } = fixture()
  await runPool([make('a', false, 20), make('b', false, 5)], { together: 2, signal, isLate: () => false, write })
  assert.is(text(), '▸ a\n▸ b\n\nb\nb begins\nb ends\n\na\na begins\na ends\n')
})

pool('what can not be begun in time is named', async () => {
  const { make, beside, write } = fixture()
  const isLate = () => beside.length > 0
  assert.equal(await runPool([make('a'), make('b')], { together: 1, signal, isLate, write }), ['b'])
})

pool('after a signal nothing more is begun, and what was begun has ended', async () => {
  const { make, beside, write } = fixture()
  const stop = new AbortController()
  const work = [make('a'), make('b'), make('c')]
  setTimeout(() => stop.abort(new Error('SIGINT')), 2)
  const ended = runPool(work, { together: 2, signal: stop.signal, isLate: () => false, write })
  assert.match(await ended.then(() => '', String), /SIGINT/)
  assert.equal([...beside].sort().at(-1)?.split('+').at(-1), 'b')
})

pool('an error is thrown when the others have ended', async () => {
  const { make, beside, write } = fixture()
  const bad: PooledWork = { name: 'bad', alone: false, run: async () => Promise.reject(new Error('no such file')) }
  const ended = runPool([bad, make('a')], { together: 2, signal, isLate: () => false, write })
  assert.match(await ended.then(() => '', String), /no such file/)
  assert.equal(beside, ['a'])
})

pool('unit files are shared between two processes by the time that they take', () => {
  const ms: Record<string, number> = { a: 1, b: 9, c: 4, d: 3 }
  assert.equal(shared(Object.keys(ms), (file) => ms[file] ?? 0).sort(), [['b'], ['c', 'd', 'a']])
  assert.equal(
    shared(['a'], () => 1),
    [['a']],
  )
  assert.equal(
    shared([], () => 1),
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
