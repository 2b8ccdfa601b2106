import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/**
 * Holds a lock file while `work` runs, waiting for whoever holds it. A holder that died without letting go is noticed
 * by its process id and start time.
 *
 * @param waiting told once, with the holder's process id, when there is someone to wait for
 */
export async function withFileLock<T>(
  file: string,
  work: () => Promise<T>,
  { waiting, signal }: { waiting?: (pid: number) => void; signal?: AbortSignal } = {},
): Promise<T> {
  const mine = `${process.pid} ${startTime(process.pid)} ${Math.random().toString(36).slice(2)}\n`
  let told = false
  for (;;) {
    signal?.throwIfAborted()
    if (tryLink(file, mine)) break
    const holder = read(file)
    if (holder === undefined) continue
    const [pid, start] = holder.trim().split(' ')
    if (startTime(Number(pid)) !== start) {
      stealFrom(file, holder)
      continue
    }
    if (!told) waiting?.(Number(pid))
    told = true
    await setTimeout(200, undefined, { signal })
  }
  try {
    return await work()
  } finally {
    if (read(file) === mine) rmSync(file, { force: true })
  }
}

/** Makes the lock file with its content in one step: nobody ever reads it half-written. */
function tryLink(file: string, content: string): boolean {
  const own = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`
  writeFileSync(own, content)
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(own, { force: true })
  }
}

/** Takes a dead holder's lock away; if another was quicker and what moved is a living one's, gives it back. */
function stealFrom(file: string, holder: string): void {
  const aside = `${file}.stale.${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  if (read(aside) !== holder) {
    try {
      linkSync(aside, file)
    } catch {
      // someone has it again: they know by its content that it is not the one they lost
    }
  }
  rmSync(aside, { force: true })
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** When a process began, in clock ticks since boot; undefined if there is none, or only its zombie. */
function startTime(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields?.[0] === 'Z' ? undefined : fields?.[19]
}
