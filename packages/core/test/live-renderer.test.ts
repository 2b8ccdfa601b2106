import { spawnSync } from 'node:child_process'
import xterm from '@xterm/headless'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type PlatformEvent, repositoryRoot } from '../src/index.ts'
import { createLiveBlock, oneLine, truncate } from '../src/live-block.ts'
import { createLiveRenderer } from '../src/live-renderer.ts'
import { isLive } from '../src/renderer.ts'

const test = suite('the live block')
const prompt = '$ pnpm up all'
const showCursor = '\u001b[?25h'

/** A terminal emulator of this size, with access to its screen. */
function terminal(columns: number, rows: number) {
  const term = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true })
  let written = ''
  const screen = {
    isTTY: true,
    get columns() {
      return term.cols
    },
    get rows() {
      return term.rows
    },
    write(text: string) {
      written += text
      term.write(text)
    },
  }
  screen.write(`${prompt}\n`)
  const settled = () => new Promise<void>((resolve) => term.write('', resolve))
  return {
    screen,
    written: () => written,
    async resize(cols: number, rows: number) {
      await settled()
      term.resize(cols, rows)
    },
    /** The non-empty lines, including those that have scrolled away. */
    async lines(): Promise<string[]> {
      await settled()
      const { active } = term.buffer
      const all = Array.from({ length: active.length }, (_, n) => active.getLine(n)?.translateToString(true) ?? '')
      return all.filter(Boolean)
    },
  }
}

const started = (step: string, n?: number, of?: number): PlatformEvent => ({ type: 'step.started', step, n, of })
const progress = (step: string, message: string): PlatformEvent => ({ type: 'step.progress', step, message })
const done = (step: string): PlatformEvent => ({ type: 'step.done', step, ms: 1000 })
const notice = (message: string): PlatformEvent => ({ type: 'notice', level: 'info', message })

/** A renderer on a terminal, with a clock that the test sets. */
function live(columns: number, rows: number, tasks: readonly string[]) {
  const screen = terminal(columns, rows)
  const clock = { now: 0 }
  return { ...screen, clock, renderer: createLiveRenderer(screen.screen, { tasks, now: () => clock.now }) }
}

test('concurrent units have one line each; a finished one leaves one line; the block disappears at the end', async () => {
  const { renderer, lines, clock, written } = live(60, 10, ['cluster', 'ingress', 'storage'])
  renderer.taskStarted('cluster')
  assert.equal(await lines(), [prompt, 'cluster ▸  0.0s', 'ingress · waiting', 'storage · waiting'])
  clock.now = 2000
  renderer.taskEnded('cluster', { done: true, ms: 2000 })
  renderer.show('storage', started('images'))
  renderer.show('ingress', started('namespace kube-system'))
  renderer.show('storage', started('load mysql', 1, 2))
  clock.now = 3500
  renderer.show('storage', progress('load mysql', '1m 20s so far, about 6m left'))
  const running = [
    ...[prompt, '✓ cluster 2.0s', 'ingress ▸  1.5s namespace kube-system'],
    'storage ▸  1.5s images · load mysql (1 of 2): 1m 20s so fa…',
  ]
  assert.equal(await lines(), running)
  renderer.show('ingress', done('namespace kube-system'))
  renderer.taskEnded('ingress', { done: true, ms: 1500 })
  renderer.taskEnded('ingress', { done: true, ms: 1500 })
  renderer.show('storage', { type: 'step.failed', step: 'load mysql', ms: 5, message: 'no space' })
  renderer.taskEnded('storage', { done: false, ms: 61_000 })
  renderer.end()
  assert.equal(await lines(), [
    ...[prompt, '✓ cluster 2.0s', '✓ ingress 1.5s'],
    ...['storage ✗ load mysql 0.0s no space', '✗ storage 1m01s'],
  ])
  assert.ok(written().endsWith(`${showCursor}✗ storage 1m01s\n`) || written().lastIndexOf(showCursor) > 0)
})

test('a notice is printed above the block, once', async () => {
  const { renderer, lines } = live(60, 10, ['storage'])
  renderer.show('storage', started('images'))
  renderer.show('storage', notice('registry-1.docker.io: no answer'))
  renderer.show('storage', notice('a second\nof two lines'))
  renderer.show('storage', progress('images', 'mysql'))
  assert.equal(await lines(), [
    ...[prompt, 'storage i registry-1.docker.io: no answer', 'storage i a second', 'storage of two lines'],
    'storage ▸  0.0s images: mysql',
  ])
  renderer.end()
})

test('no line wraps: not a long one, not one of wide characters, not one with control characters', async () => {
  const { renderer, lines } = live(30, 10, ['a'])
  for (const message of ['x'.repeat(200), '日本語'.repeat(30), 'one\ntwo\u001b[2J\tthree\rfour five six seven']) {
    renderer.show('a', started('s'))
    renderer.show('a', progress('s', message))
    const [first, line = '', ...rest] = await lines()
    assert.equal([first, rest], [prompt, []])
    assert.match(line, /^a ▸ {2}0\.0s s: \S.*…$/)
  }
  renderer.end()
  assert.equal(await lines(), [prompt])
})

test('a resize erases nothing above the block; only a narrower terminal, which wraps it, may keep an old copy', async () => {
  const tasks = ['cluster', 'ingress', 'storage']
  const { renderer, lines, resize, clock } = live(80, 12, tasks)
  for (const name of tasks) renderer.show(name, started(`a step of ${'many '.repeat(12)}words`))
  const starts = (shown: readonly string[]) =>
    tasks.map((name) => shown.filter((line) => line.startsWith(`${name} ▸`)).length)
  for (const [columns, rows, copies] of [
    [100, 12, 1],
    [100, 8, 1],
    [120, 14, 1],
    [31, 14, 2],
  ] as const) {
    await resize(columns, rows)
    clock.now += 1000
    renderer.show('cluster', notice(`${columns} columns`))
    const shown = await lines()
    assert.is(shown[0], prompt)
    assert.equal(
      shown.slice(-3).map((line) => line.split(' ')[0]),
      tasks,
    )
    assert.ok(
      starts(shown).every((count) => count >= 1 && count <= copies),
      shown.join('\n'),
    )
  }
  renderer.end()
  assert.equal(
    (await lines()).filter((line) => line.includes(' columns')),
    [100, 100, 120, 31].map((columns) => `cluster i ${columns} columns`),
  )
})

test('a block is never higher than the terminal', async () => {
  const { renderer, lines } = live(40, 4, ['a', 'b', 'c', 'd', 'e'])
  for (const name of ['a', 'b', 'c', 'd', 'e']) for (let n = 0; n < 3; n++) renderer.show(name, started('s'))
  assert.equal(await lines(), [prompt, 'a ▸  0.0s s', 'b ▸  0.0s s', '… 3 more'])
  renderer.end()
  assert.equal(await lines(), [prompt])
})

test('a command without tasks has a line for each step, which stays when the step is done', async () => {
  const { renderer, lines, clock } = live(60, 10, [])
  renderer.show('', started('etcd 3.5', 1, 2))
  clock.now = 1000
  renderer.show('', progress('etcd 3.5', '1s so far, about 6m left'))
  assert.equal(await lines(), [prompt, '▸  1.0s etcd 3.5 (1 of 2): 1s so far, about 6m left'])
  renderer.show('', done('etcd 3.5'))
  renderer.show('', started('runc 1.3', 2, 2))
  assert.equal(await lines(), [prompt, '✓ etcd 3.5 1.0s', '▸  0.0s runc 1.3 (2 of 2)'])
  renderer.show('', done('runc 1.3'))
  renderer.end()
  assert.equal(await lines(), [prompt, '✓ etcd 3.5 1.0s', '✓ runc 1.3 1.0s'])
})

test('the cursor is hidden while the block is shown, and restored by end', async () => {
  const { screen, written } = terminal(40, 5)
  const before = process.listenerCount('exit')
  const block = createLiveBlock(screen)
  block.draw(['one'])
  assert.ok(written().includes('\u001b[?25l'))
  assert.is(process.listenerCount('exit'), before + 1)
  block.end()
  block.end()
  assert.is(written().split(showCursor).length, 2)
  assert.is(process.listenerCount('exit'), before)
})

test('a process that exits with the block on screen, as on a second Ctrl-C, erases it and restores the cursor', () => {
  const script = `import { createLiveBlock } from './packages/core/src/live-block.ts'
createLiveBlock({ isTTY: true, columns: 40, rows: 5, write: (text) => process.stdout.write(text) }).draw(['one', 'two'])
process.exit(130)`
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    { cwd: repositoryRoot, encoding: 'utf8' },
  )
  assert.is(status, 130, stderr)
  assert.ok(stdout.endsWith(`\r\u001b[0J${showCursor}`))
})

for (const [text, columns, cut] of [
  ['short', 5, 'short'],
  ['longer', 5, 'long…\u001b[0m'],
  ['日本語', 6, '日本語'],
  ['日本語', 5, '日本…\u001b[0m'],
  ['日本語', 4, '日…\u001b[0m'],
  ['\u001b[1mbold\u001b[22m', 4, '\u001b[1mbold\u001b[22m'],
] as const) {
  test(`${JSON.stringify(text)} in ${columns} columns`, () => assert.is(truncate(text, columns), cut))
}
test('oneLine removes what would move the cursor', () => assert.is(oneLine('a\u001b[2Jb\r\n\tc\u0007d'), 'ab c d'))

for (const [name, stream, env, words, expected] of [
  ['a terminal', { isTTY: true }, {}, [], true],
  ['CI=false', { isTTY: true }, { CI: 'false' }, [], true],
  ['CI=true', { isTTY: true }, { CI: 'true' }, [], false],
  ['--json', { isTTY: true }, {}, ['up', '--json'], false],
  ['a pipe', {}, {}, [], false],
] as const) {
  test(`${name}: ${expected ? 'a live block' : 'plain lines'}`, () =>
    assert.is(isLive({ ...stream, write: () => {} }, env, words), expected))
}

test.run()
