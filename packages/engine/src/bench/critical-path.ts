import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlatformEvent, TaskResult } from '@platform/core'

/** A step of a task. Times are in ms since the start of the run. */
export interface TimedStep {
  readonly step: string
  readonly from: number
  readonly to: number
}

/** A task of a run. Times are in ms since the start of the run. */
export interface TimedTask {
  readonly name: string
  readonly dependencies: readonly string[]
  readonly from: number
  readonly to: number
  readonly steps: readonly TimedStep[]
}

type TimedEvent = PlatformEvent & { readonly at: number }

/** Reads the tasks of a run from its folder. Tasks without events are omitted. */
export function readTasks(
  runDirectory: string,
  units: readonly { readonly name: string; readonly dependencies: readonly string[] }[],
): TimedTask[] {
  const tasks = units.flatMap(({ name, dependencies }) => {
    const events = readLines<TimedEvent>(join(runDirectory, `${name}.events.jsonl`))
    const result = readJson<TaskResult>(join(runDirectory, `${name}.result.json`))
    const [first] = events
    if (!first || !result) return []
    return [{ name, dependencies, from: first.at, to: first.at + result.ms, steps: stepsOf(events) }]
  })
  const began = Math.min(...tasks.map(({ from }) => from))
  const shift = <T extends { from: number; to: number }>(each: T) => ({
    ...each,
    from: each.from - began,
    to: each.to - began,
  })
  return tasks.map((task) => ({ ...shift(task), steps: task.steps.map(shift) }))
}

function stepsOf(events: readonly TimedEvent[]): TimedStep[] {
  return events.flatMap((event) =>
    event.type === 'step.done' || event.type === 'step.failed'
      ? [{ step: event.step, from: event.at - event.ms, to: event.at }]
      : [],
  )
}

/**
 * The chain of tasks that determined the run's duration: the task that ended last, before it the one of its dependencies
 * that ended last, and so on. Pure.
 */
export function criticalPath(tasks: readonly TimedTask[]): TimedTask[] {
  const latest = (among: readonly TimedTask[]) => [...among].sort((a, b) => b.to - a.to)[0]
  const path: TimedTask[] = []
  let task = latest(tasks)
  while (task) {
    path.unshift(task)
    const { dependencies } = task
    task = latest(tasks.filter(({ name }) => dependencies.includes(name)))
  }
  return path
}

/** Formats the path: each task with its steps and its wait before the start. */
export function formatPath(path: readonly TimedTask[]): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  const lines = path.flatMap(({ name, from, to, steps }, n) => {
    const before = path[n - 1]
    const gap = before ? `, ${seconds(from - before.to)} after ${before.name}` : ''
    const long = steps.filter((step) => step.to - step.from >= 100)
    return [
      `  ${name}: ${seconds(to - from)} (from ${seconds(from)}${gap})`,
      ...long.map((step) => `    ${seconds(step.to - step.from).padStart(7)}  ${step.step}`),
    ]
  })
  return lines.join('\n')
}

function readLines<T>(file: string): T[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line) as T)
  } catch {
    return []
  }
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined
  }
}
