import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environment, repositoryRoot } from '@platform/core'
import type { TestCluster } from '../../../cluster/test/support/test-cluster.ts'

const tests = fileURLToPath(new URL('..', import.meta.url))

/** A copy of the fixture that a test may change: what a release is made from is told by its files. */
export interface Variant {
  /** Its src/component.ts. */
  readonly file: string
  readonly directory: string
  /** Replaces text in one of its files. */
  edit(path: string, change: (text: string) => string): void
  remove(): void
}

export function variant(name = 'probe'): Variant {
  const directory = mkdtempSync(join(tests, 'fixture-'))
  cpSync(join(tests, 'fixture'), directory, { recursive: true })
  const edit: Variant['edit'] = (path, change) => {
    const file = join(directory, path)
    writeFileSync(file, change(readFileSync(file, 'utf8')))
  }
  if (name !== 'probe') {
    edit('src/component.ts', (text) => text.replaceAll("'probe", `'${name}`))
  }
  const remove = () => rmSync(directory, { recursive: true, force: true })
  return { file: join(directory, 'src/component.ts'), directory, edit, remove }
}

export interface Ended {
  readonly code: number | null
  /** The last document that it said: its result or its error. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever it is, tests look at a few fields.
  readonly last: any
  readonly text: string
  readonly ms: number
}

export interface Applying {
  readonly pid: number
  readonly ended: Promise<Ended>
  /** Settles once an event matches; rejects when the process ends before. */
  says(pattern: RegExp): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** SIGKILL to it and to what it started. */
  killAll(): void
}

/** Starts an `up` or a `down` of a component in a process of its own. */
export function applying(cluster: TestCluster, words: readonly string[]): Applying {
  const started = performance.now()
  const main = join(tests, 'support/apply-main.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...words], {
    cwd: repositoryRoot,
    env: { ...environment(), ...cluster.env, RUN_DIR: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  let wake: () => void = () => {}
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      wake()
    })
  }
  let over = false
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      over = true
      wake()
      const lines = text
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('{'))
      resolve({ code, last: JSON.parse(lines.at(-1) ?? '{}'), text, ms: performance.now() - started })
    })
  })
  return {
    pid: child.pid ?? 0,
    ended,
    async says(pattern) {
      while (!pattern.test(text)) {
        if (over) throw new Error(`it ended before ${pattern}:\n${text}`)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    kill: (signal) => void child.kill(signal),
    killAll() {
      const below = childrenOf(child.pid ?? 0)
      for (const pid of [child.pid ?? 0, ...below]) {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // it has ended by itself
        }
      }
    },
  }
}

/** The processes that a process has started, and those that they have. */
function childrenOf(parent: number): number[] {
  const own = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent
      } catch {
        return false
      }
    })
    .map(Number)
  return own.flatMap((pid) => [pid, ...childrenOf(pid)])
}
