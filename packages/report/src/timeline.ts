import type { RunRecord, TaskRecord } from './runs.ts'

/** A bar of a waterfall; ms from the start of the run. */
export interface Bar {
  readonly label: string
  readonly from: number
  readonly to: number
  readonly kind: 'task' | 'step'
  readonly failed: boolean
  readonly detail?: string
  /** Of a task: from when to when it waited, and for whom, the last first. Of nobody: the first began when all was read and planned, the others in their turn. */
  readonly waited?: {
    readonly from: number
    readonly to: number
    readonly on: readonly string[]
    readonly first?: boolean
  }
}

export interface Timeline {
  readonly command: string
  readonly startedAt: number
  /** ms */
  readonly length: number
  readonly bars: readonly Bar[]
}

/** What units must be there before one, by name. */
export type Dependencies = Readonly<Record<string, readonly string[]>>

/** Which of the tasks that one waits for ended last, and when: that is what it waited for. Pure. */
export function timelineOf(run: RunRecord, dependencies: Dependencies): Timeline {
  const ends = run.tasks.map(({ endedAt }) => endedAt)
  const length = Math.max(1, ...ends) - run.startedAt
  const bars = run.tasks.flatMap((task) => barsOf(task, run, dependencies[task.name] ?? []))
  return { command: run.command, startedAt: run.startedAt, length, bars }
}

function barsOf(task: TaskRecord, run: RunRecord, needs: readonly string[]): Bar[] {
  const from = Math.max(0, task.startedAt - run.startedAt)
  const before = run.verb === 'up' ? run.tasks.filter(({ name }) => needs.includes(name)) : []
  const first = run.tasks.every(({ startedAt }) => startedAt >= task.startedAt)
  const waited = { from: 0, to: from, on: latest(before), first }
  const whole: Bar = {
    ...{ label: task.name, kind: 'task', from, to: task.endedAt - run.startedAt },
    ...{ failed: task.state !== 'done', detail: task.summary, waited },
  }
  return [whole, ...steps(task, run.startedAt)]
}

/** Those that ended last first: the first is what it waited for in the end. */
function latest(tasks: readonly TaskRecord[]): string[] {
  return [...tasks].sort((a, b) => b.endedAt - a.endedAt).map(({ name }) => name)
}

/** The steps of a task in the order of their beginnings. Events without a time tell none. */
function steps({ events }: TaskRecord, startedAt: number): Bar[] {
  const ended = events.flatMap((event): Bar[] => {
    if ((event.type !== 'step.done' && event.type !== 'step.failed') || event.at === undefined) return []
    const to = event.at - startedAt
    const detail = event.type === 'step.done' ? event.detail : event.message
    const bar = { label: event.step, kind: 'step' as const, from: Math.max(0, to - event.ms), to, detail }
    return [{ ...bar, failed: event.type === 'step.failed' }]
  })
  return ended.sort((a, b) => a.from - b.from || b.to - a.to)
}
