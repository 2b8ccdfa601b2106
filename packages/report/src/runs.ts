import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PlatformEvent, TaskResult } from '@platform/core'

/** An event as a run directory has it; runs of before have no time in them. */
export type TimedEvent = PlatformEvent & { readonly at?: number }

/** What one task of a run left. Times are ms since 1970. */
export interface TaskRecord {
  readonly name: string
  readonly startedAt: number
  readonly endedAt: number
  readonly state: string
  readonly summary?: string
  readonly events: readonly TimedEvent[]
}

/** A run, read from its directory. */
export interface RunRecord {
  readonly id: string
  readonly verb: string
  readonly command: string
  readonly startedAt: number
  readonly tasks: readonly TaskRecord[]
}

/** Reads a run directory; undefined when there is none, or its beginning was not written whole. */
export function readRun(path: string): RunRecord | undefined {
  const description = readJson<{ runId: string; verb: string; command: string }>(join(path, 'run.json'))
  if (!description) return undefined
  const { runId, verb, command } = description
  const names = readdirSync(path).flatMap((name) => (name.endsWith('.result.json') ? [name.slice(0, -12)] : []))
  const tasks = names.flatMap((name) => readTask(path, name)).sort((a, b) => a.startedAt - b.startedAt)
  const startedAt = Math.min(idTime(runId) ?? Number.POSITIVE_INFINITY, ...tasks.map((task) => task.startedAt))
  return { id: runId, verb, command, startedAt, tasks }
}

function readTask(path: string, name: string): TaskRecord[] {
  const file = join(path, `${name}.result.json`)
  const result = readJson<TaskResult>(file)
  if (!result) return []
  const log = join(path, `${name}.events.jsonl`)
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []
  const events = lines.flatMap((line) => parsed<TimedEvent>(line) ?? [])
  // A result is written last: where events have no time of their own, its file's says when.
  const last = events.findLast(({ at }) => at !== undefined)?.at
  const first = events.find(({ at }) => at !== undefined)?.at
  const written = statSync(file).mtimeMs
  const endedAt = last === undefined ? written : Math.max(last, Math.min(written, (first ?? last) + result.ms))
  return [{ name, startedAt: endedAt - result.ms, endedAt, state: result.state, summary: result.summary, events }]
}

/**
 * The newest run of a verb of this cluster that has left results.
 *
 * @param runs the folder with all runs of the checkout
 * @param cluster its name; runs that do not tell theirs count for any
 */
export function newestRun(runs: string, { verb, cluster }: { verb: string; cluster: string }): RunRecord | undefined {
  if (!existsSync(runs)) return undefined
  for (const id of readdirSync(runs).sort().reverse()) {
    const described = readJson<{ verb?: string; cluster?: string }>(join(runs, id, 'run.json'))
    if (described?.verb !== verb || (described.cluster !== undefined && described.cluster !== cluster)) continue
    const run = readRun(join(runs, id))
    if (run?.tasks.length) return run
  }
  return undefined
}

/** `20260131T120000123Z-4711` names its time. */
function idTime(id: string): number | undefined {
  const [, y, mo, d, h, mi, s, ms] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z/.exec(id) ?? []
  const time = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`)
  return Number.isNaN(time) ? undefined : time
}

function readJson<T>(file: string): T | undefined {
  return existsSync(file) ? parsed<T>(readFileSync(file, 'utf8')) : undefined
}

/** What is being written now, or was cut off, is no reason for having no report. */
function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
