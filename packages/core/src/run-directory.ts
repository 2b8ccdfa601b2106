import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { type Emit, type PlatformEvent, withoutCredentialsIn } from './events.ts'
import { isAlive } from './process-identity.ts'
import type { Settings } from './settings.ts'
import type { CheckResult } from './unit.ts'

/** How many runs are kept for later inspection. */
const keptRuns = 20

/** The run as its tasks read it: $RUN_DIR/run.json. */
export interface RunDescription {
  readonly runId: string
  readonly verb: 'up' | 'down' | 'verify'
  readonly purge: boolean
  /** `verify`: run only the checks of this proof. */
  readonly proof?: string
  /** `up`: names of the images that its units will load. */
  readonly images?: readonly string[]
  /** CLUSTER_NAME. The clusters of a checkout share the folder of runs. */
  readonly cluster?: string
  /** As the user typed it. */
  readonly command: string
  /** The front script's process: its tasks end when it is gone. */
  readonly front: { readonly pid: number; readonly start?: string }
}

/** The result of a task: $RUN_DIR/<task>.result.json. */
export interface TaskResult {
  readonly task: string
  readonly exitCode: number
  readonly state: 'done' | 'failed' | 'interrupted'
  readonly ms: number
  readonly summary?: string
  readonly data?: Readonly<Record<string, unknown>>
  readonly checks?: readonly CheckResult[]
  readonly error?: ErrorDescription
}

export interface ErrorDescription {
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** Of a bug only. */
  readonly stack?: string
}

/** The folder through which the front script and its tasks communicate. It stays as a record of the run. */
export class RunDirectory {
  readonly path: string

  /** @param path absolute; RUN_DIR in a task's environment */
  constructor(path: string) {
    this.path = path
  }

  describe(): RunDescription {
    return JSON.parse(readFileSync(join(this.path, 'run.json'), 'utf8'))
  }

  /** Appends a task's events to its file, one JSON document per line, each with its time (`at`, ms since 1970). */
  emitter(task: string): Emit {
    const file = this.file(task, 'events.jsonl')
    return (event) => appendFileSync(file, `${JSON.stringify({ ...withoutCredentialsIn(event), at: Date.now() })}\n`)
  }

  /** Returns a function that reads the events appended since its last call. */
  follow(task: string): () => PlatformEvent[] {
    const file = this.file(task, 'events.jsonl')
    let offset = 0
    return () => {
      if (!existsSync(file)) return []
      const bytes = readFileSync(file)
      const end = bytes.lastIndexOf(10) + 1
      const lines = bytes.subarray(offset, end).toString().split('\n').filter(Boolean)
      offset = end
      return lines.map((line) => {
        const { at: _, ...event } = JSON.parse(line) as PlatformEvent & { readonly at?: number }
        return event as PlatformEvent
      })
    }
  }

  /** Records the task's pid, so that the front script can signal it. */
  announce(task: string, pid: number): void {
    writeFileSync(this.file(task, 'pid'), String(pid))
  }

  hasStarted(task: string): boolean {
    return existsSync(this.file(task, 'pid'))
  }

  pids(): number[] {
    return this.list('.pid').map((name) => Number(readFileSync(join(this.path, name), 'utf8')))
  }

  /** Tasks that have not started do not start any more. */
  stop(signal: string): void {
    writeFileSync(join(this.path, 'stop'), signal)
  }

  get stopped(): boolean {
    return existsSync(join(this.path, 'stop'))
  }

  writeResult(result: TaskResult): void {
    const file = this.file(result.task, 'result.json')
    writeFileSync(`${file}.new`, JSON.stringify(result))
    renameSync(`${file}.new`, file)
  }

  /** The task's result; `undefined` if it wrote none, which counts as a failure. */
  result(task: string): TaskResult | undefined {
    const file = this.file(task, 'result.json')
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  }

  private file(task: string, suffix: string): string {
    return join(this.path, `${task}.${suffix}`)
  }

  private list(suffix: string): string[] {
    return readdirSync(this.path).filter((name) => name.endsWith(suffix))
  }
}

/** The folder of this checkout's runs. Not inside a cluster's state, which `--purge` deletes. */
export function runsDirectory(settings: Pick<Settings, 'stateDir'>): string {
  return join(settings.stateDir, '.runs')
}

/** The lock that every command that changes this cluster holds. */
export function clusterLock(settings: Pick<Settings, 'stateDir' | 'CLUSTER_NAME'>): string {
  return join(settings.stateDir, '.locks', `${settings.CLUSTER_NAME}.json`)
}

/** Creates the folder of a new run and deletes the oldest ones, except those of active runs. */
export function createRunDirectory(parent: string, run: RunDescription): RunDirectory {
  const path = join(parent, run.runId)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'run.json'), `${JSON.stringify(run, null, 2)}\n`)
  const old = readdirSync(parent).sort().slice(0, -keptRuns)
  for (const name of old) {
    const folder = join(parent, name)
    if (name !== basename(path) && !isRunning(folder)) rmSync(folder, { recursive: true, force: true })
  }
  return new RunDirectory(path)
}

/** Whether the front script lives: its tasks still use the folder. A first `up` can outlast twenty `verify` runs. */
function isRunning(folder: string): boolean {
  try {
    const { front } = new RunDirectory(folder).describe()
    return isAlive(front.pid, front.start)
  } catch {
    return false // an incomplete folder, or one of another version
  }
}

/** A run id that sorts by time: `20260131T120000123Z-4711`. */
export function newRunId(now = new Date(), pid = process.pid): string {
  return `${now.toISOString().replace(/[-:.]/g, '')}-${pid}`
}
