/** Work whose output is shown in one piece when it ends. */
export interface PooledWork {
  readonly name: string
  /** Nothing else may run at the same time. */
  readonly alone: boolean
  run(write: (text: string) => void): Promise<void>
}

export interface PoolOptions {
  /** Maximum number that runs at the same time. */
  readonly concurrency: number
  readonly signal: AbortSignal
  /** Whether it is too late to start more work; called before each start. */
  readonly isLate: () => boolean
  /** Receives all output. */
  readonly write: (text: string) => void
}

/**
 * Runs work concurrently in its order; work that must run alone comes last. Outputs do not mix: each is shown when its work
 * ends, or immediately if nothing else runs.
 *
 * @returns the names of the work that was not started because the time was up
 * @throws the first error, or the signal's reason, after all started work has ended
 */
export async function runPool(
  all: readonly PooledWork[],
  { concurrency: together, signal, isLate, write }: PoolOptions,
): Promise<string[]> {
  const left: string[] = []
  const errors: unknown[] = []
  const drain = async (queue: PooledWork[], single: boolean) => {
    for (let work = queue.shift(); work; work = queue.shift()) {
      if (signal.aborted || errors.length) return
      if (isLate()) {
        left.push(work.name)
        continue
      }
      if (!single) write(`▸ ${work.name}\n`)
      let text = single ? '' : `\n${work.name}\n`
      const keep = (more: string) => {
        if (single) write(more)
        else text += more
      }
      await work.run(keep).catch((error) => errors.push(error))
      write(text)
    }
  }
  const shared = all.filter((work) => !work.alone)
  const queue = [...shared]
  await Promise.all(Array.from({ length: together }, () => drain(queue, shared.length === 1)))
  await drain(
    all.filter((work) => work.alone),
    true,
  )
  signal.throwIfAborted()
  if (errors.length) throw errors[0]
  return left
}
