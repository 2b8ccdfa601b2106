import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, loadSettings, repositoryRoot, type Settings } from '@platform/core'
import { insideNode, type NodeStatus, nodeStatus } from '@platform/node'
import { ownEnvironment } from '../../src/bench/own-environment.ts'
import { eventually } from './eventually.ts'
import { pnpmCommand } from './pnpm.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** How a command ended. */
export interface Ended {
  /** What a shell would show as `$?`. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** Both, as a terminal shows them. */
  readonly said: string
}

/** A command that runs, in a process group of its own, as a shell puts it there. */
export interface Started {
  readonly pid: number
  readonly ended: Promise<Ended>
  /** Settles once the command has said this; fails when it ends before. */
  says(pattern: RegExp): Promise<void>
  /** What the terminal does on Ctrl-C: the signal goes to the whole group. */
  interrupt(): void
  kill(signal: NodeJS.Signals): void
}

/** Starts any command. `input` is its stdin, else it has none. */
export function start(command: readonly string[], env: Env = {}, input?: string): Started {
  const [file = '', ...args] = command
  const child = spawn(file, args, {
    cwd: repositoryRoot,
    detached: true,
    env: { ...outsideOfPnpm(), ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  child.stdin?.end(input)
  const text = { stdout: '', stderr: '', said: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (chunk: Buffer) => {
      text[stream] += chunk.toString()
      text.said += chunk.toString()
    })
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 128 + constants.signals[signal ?? 'SIGKILL'], ...text }),
    )
  })
  return { pid: child.pid ?? 0, ended, ...hold(child, text) }
}

function hold(child: ChildProcess, text: { readonly said: string }): Pick<Started, 'says' | 'interrupt' | 'kill'> {
  return {
    async says(pattern) {
      await until(`the command says ${pattern}`, () => {
        if (pattern.test(text.said)) return true
        if (child.exitCode !== null || child.signalCode) throw new Error(`it ended before ${pattern}:\n${text.said}`)
        return false
      })
    },
    interrupt: () => void process.kill(-(child.pid ?? 0), 'SIGINT'),
    kill: (signal) => void child.kill(signal),
  }
}

/** The environment of a shell: without what pnpm and a test runner add for the scripts that they run, and no settings. */
function outsideOfPnpm(): Env {
  const drop = /^(npm_|PNPM_|TURBO_|INIT_CWD$|CI$|NO_COLOR$|FORCE_COLOR$)/
  const kept = Object.entries(environment()).filter(([name]) => !drop.test(name))
  return { ...Object.fromEntries(kept), ...ownEnvironment(environment()) }
}

/** A command line of pnpm. */
export function pnpm(...words: readonly string[]): string[] {
  return [...pnpmCommand(), ...words]
}

/** Waits for something to become true, 90 s at most; what it throws on the way fails at once. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  limitMs = 90_000,
): Promise<NonNullable<Exclude<T, false>>> {
  type Asked = { readonly answer: NonNullable<Exclude<T, false>> } | { readonly error: unknown }
  const asked = async (): Promise<Asked | false> => {
    try {
      const answer = await ask()
      return answer ? { answer: answer as NonNullable<Exclude<T, false>> } : false
    } catch (error) {
      return { error }
    }
  }
  const last = await eventually(what, limitMs, asked, { intervalMs: 100 })
  if ('error' in last) throw last.error
  return last.answer
}

/** A cluster of a test's own, with its state in a temporary folder, driven by what a user types. */
export class OwnCluster {
  readonly settings: Settings
  readonly env: Env
  private kubectlPath = ''

  constructor(name: string, stateDir: string, env: Env = {}) {
    this.env = { CLUSTER_NAME: name, STATE_DIR: stateDir, ...env }
    this.settings = loadSettings({ env: { ...outsideOfPnpm(), ...this.env } })
  }

  start(words: readonly string[], env: Env = {}): Started {
    return start(pnpm(...words), { ...this.env, ...env })
  }

  /** Runs a command to its end, whatever that is. */
  call(words: readonly string[], env: Env = {}): Promise<Ended> {
    return this.start(words, env).ended
  }

  /** Runs a command that must end with 0. */
  async must(words: readonly string[], env: Env = {}): Promise<Ended> {
    const ended = await this.call(words, env)
    if (ended.code !== 0) throw new Error(`pnpm ${words.join(' ')} ended with ${ended.code}:\n${ended.said}`)
    return ended
  }

  /** Runs kubectl as `eval "$(pnpm -s shellenv)"` sets it up, whatever comes of it. */
  async probe(args: readonly string[], input?: string): Promise<Ended> {
    if (!existsSync(this.kubectlPath)) {
      const { stdout } = await this.must(['-s', 'shellenv'])
      const shell = start(['sh', '-c', `${stdout}\ncommand -v kubectl`])
      this.kubectlPath = (await shell.ended).stdout.trim()
    }
    const kubeconfig = join(this.settings.clusterDir, 'kubeconfig')
    return start([this.kubectlPath, `--kubeconfig=${kubeconfig}`, '--request-timeout=10s', ...args], {}, input).ended
  }

  async kubectl(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, said } = await this.probe(args, input)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${said}`)
    return stdout.trim()
  }

  /** The same, retried while the cluster recovers. */
  async kubectlAtLast(args: readonly string[], input?: string): Promise<string> {
    let said = ''
    const ended = await until(`kubectl ${args.join(' ')}`, async () => {
      const each = await this.probe(args, input)
      said = each.said
      return each.code === 0 && each
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${said}`)
    })
    return ended.stdout.trim()
  }

  status(): NodeStatus {
    return nodeStatus(this.settings)
  }

  /** The node's first process, as the host numbers it. */
  get pid(): number {
    const { pid } = this.status()
    if (pid === undefined) throw new Error('the node does not run')
    return pid
  }

  /** A component of the supervisor, as the host numbers it. */
  componentPid(name: string): number {
    const inside = this.status().supervisor?.components[name]?.pid
    const found = this.processes().find(({ inner }) => inner === inside)
    if (!inside || !found) throw new Error(`${name} does not run (pid ${inside} in the node)`)
    return found.pid
  }

  /** The processes that the node numbers itself: its own, those of containers not. */
  processes(): { pid: number; inner: number; command: string }[] {
    const namespace = readlinkSync(`/proc/${this.pid}/ns/pid`)
    return hostPids().flatMap((pid) => {
      try {
        if (readlinkSync(`/proc/${pid}/ns/pid`) !== namespace) return []
        const inner = /^NSpid:.*\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ')
        return [{ pid, inner: Number(inner), command }]
      } catch {
        return [] // it has just ended
      }
    })
  }

  inside(path: string): string {
    return insideNode(this.pid, path)
  }

  log(name: string): string {
    const file = join(this.settings.clusterDir, 'logs', `${name}.log`)
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }
}

export function hostPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** A folder for one test file's clusters. */
export function temporaryFolder(name: string): { path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `platform-${name}-`)))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
