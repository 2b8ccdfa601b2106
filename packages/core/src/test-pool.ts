/** Work whose output is shown whole, when it has ended. */
export interface PooledWork {
  readonly name: string
  /** Nothing may run beside it. */
  readonly alone: boolean
  run(write: (text: string) => void): Promise<void>
}

export interface PoolOptions {
  /** At the same time at most. */
  readonly together: number
  readonly signal: AbortSignal
  /** Whether it is too late to begin anything; asked before each start. */
  readonly isLate: () => boolean
  /** Takes all output. */
  readonly write: (text: string) => void
}

/**
 * Runs work side by side in its order; what must run alone comes last. What one writes does not mix with what another
 * writes: it is shown when it has ended, or as it comes where nothing runs beside it.
 *
 * @returns the names of what was not begun, for want of time
 * @throws the first error, and the signal's reason, when all that was begun has ended
 */
export async function runPool(
  all: readonly PooledWork[],
  { together, signal, isLate, write }: PoolOptions,
): Promise<string[]> {
  const left: string[] = []
  const errors: unknown[] = []
  const take = async (queue: PooledWork[], single: boolean) => {
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
  const beside = all.filter((work) => !work.alone)
  const queue = [...beside]
  await Promise.all(Array.from({ length: together }, () => take(queue, beside.length === 1)))
  await take(
    all.filter((work) => work.alone),
    true,
  )
  signal.throwIfAborted()
  if (errors.length) throw errors[0]
  return left
}
