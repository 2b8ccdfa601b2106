import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { CommandError, type Runner, type RunOptions, type RunResult } from '@platform/core'
import { units } from '../src/units.ts'

/** What a fake `go` was asked to do. */
export interface FakeGo extends Runner {
  readonly calls: { readonly command: readonly string[]; readonly env: RunOptions['env'] }[]
  /** The programs built, in order. */
  built(): string[]
}

export interface FakeGoOptions {
  readonly version?: string
  readonly toolchain?: string
  /** What another module's package says that `go list` finds. */
  readonly module?: string
  /** Runs in the place of `go build`, before it writes. */
  readonly onBuild?: (options: RunOptions) => Promise<void> | void
  /** What `go build` says when it fails. */
  readonly fails?: string
  readonly missing?: boolean
}

/** A Go that answers at once: its programs are files of a few bytes. */
export function fakeGo(options: FakeGoOptions = {}): FakeGo {
  const calls: FakeGo['calls'] = []
  const answer = (stdout: string, exitCode = 0, stderr = ''): RunResult => ({ stdout, stderr, exitCode })
  const go = async (command: readonly string[], run: RunOptions = {}): Promise<RunResult> => {
    // There is no Python either: no Go comes from PyPI.
    if (!command[0]?.endsWith('go')) return answer('', 127, `${command[0]}: command not found`)
    calls.push({ command, env: run.env })
    if (options.missing) return answer('', 127, 'go: command not found')
    const [, verb] = command
    if (verb === 'env') {
      const { version = 'go1.26.8', toolchain = 'auto' } = options
      return answer(JSON.stringify({ GOVERSION: version, GOTOOLCHAIN: toolchain, GOCACHE: '/go', GOPROXY: 'proxy' }))
    }
    if (verb === 'list') return answer(`fmt\tfmt\ttrue\t\nx\tmain\ttrue\t${options.module ?? ''}\n`)
    await options.onBuild?.(run)
    if (options.fails) return answer('', 1, options.fails)
    run.onLine?.('fmt', 'stderr')
    const out = command[command.indexOf('-o') + 1] ?? ''
    mkdirSync(out, { recursive: true })
    for (const path of command.slice(command.indexOf('-o') + 2)) {
      const name = basename((path === '.' ? moduleIn(run.cwd) : path).replace(/\/v\d+$/, ''))
      writeFileSync(join(out, name), `program ${name}\n`, { mode: 0o755 })
    }
    return answer('')
  }
  return {
    calls,
    built: () => calls.filter(({ command }) => command[1] === 'build').map(({ command }) => command.at(-1) ?? ''),
    probe: go,
    async run(command, run) {
      const result = await go(command, run)
      if (result.exitCode !== 0) throw new CommandError(command, result)
      return result
    },
  }
}

/** Go calls the program of a module's own folder after the module. */
function moduleIn(folder = '.'): string {
  return /^module (\S+)/m.exec(readFileSync(join(folder, 'go.mod'), 'utf8'))?.[1] ?? ''
}

/** The real data of two small units: a program of its usual name, one of another name, four programs at once. */
export const smallUnits = units.filter(({ name }) => name === 'cni' || name === 'etcd')
