import type { Runner, RunOptions } from '@platform/core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImageLoadError } from '../src/image-load-error.ts'
import { pullImage } from '../src/pull.ts'

const test = suite('pulling images')
const image = { reference: 'docker.io/library/small:1.0' }

/** A `ctr` that says a line every 5 ms until it is ended or has none left. */
function saying(line: (n: number) => string | undefined) {
  const said: string[] = []
  const probe: Runner['probe'] = (_, { signal, onLine }: RunOptions = {}) =>
    new Promise((resolve) => {
      let n = 0
      const end = (exitCode: number) => {
        clearInterval(timer)
        resolve({ stdout: '', stderr: 'not found', exitCode })
      }
      const timer = setInterval(() => {
        const next = line(n++)
        if (next === undefined) end(0)
        else onLine?.(next, 'stdout')
      }, 5)
      signal?.addEventListener('abort', () => end(143))
    })
  const runner: Runner = { probe, run: probe }
  const progress = (message: string) => said.push(message)
  return { said, options: { runner, progress, containerd: '/run/c.sock', ctr: 'ctr', stallMs: 60 } }
}

const summary = (n: number, total: string) => `\telapsed: ${n}.0 s\ttotal: ${total}\t(${n} KiB/s)\t`

test('a pull that goes on may take longer than the limit, and says how far it is', async () => {
  const { said, options } = saying((n) => (n < 40 ? summary(n, `${n}.0 Ki`) : undefined))
  await pullImage(image, options)
  assert.ok(said.length >= 3)
  assert.match(said.at(-1) ?? '', /^\d+\.0 Ki so far$/)
})

const standstills: Record<string, (n: number) => string> = {
  'repeats itself, the time and the rate apart': (n) => (n % 2 ? 'layer (abc)\textracting' : summary(n, '7.0 Mi')),
  'says nothing that is new': () => 'resolving',
}

for (const [what, line] of Object.entries(standstills)) {
  test(`a pull that ${what} is ended and given up`, async () => {
    const { options } = saying(line)
    const error = await pullImage(image, options).catch((thrown: unknown) => thrown)
    assert.instance(error, ImageLoadError)
    const { code, message, reference } = error as ImageLoadError
    assert.equal([code, reference], ['IMAGE_PULL_FAILED', image.reference])
    assert.match(message, 'nothing came for 0.06 s')
  })
}

test('a pull that is interrupted is not taken for one that failed', async () => {
  const { options } = saying((n) => String(n))
  const stop = new AbortController()
  setTimeout(() => stop.abort('SIGINT'), 20)
  const thrown = await pullImage(image, { ...options, signal: stop.signal }).catch((error: unknown) => error)
  assert.is(thrown, 'SIGINT')
})

test.run()
